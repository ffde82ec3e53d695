"""The tables (`tables`), and every refusal of a table that cannot be analysed (`checks`)."""
