"""The course's sentences and how its numbers are written: numbers, catalogue, prose, published figures, glossary."""
