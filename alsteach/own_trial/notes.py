"""What was done to a learner's table, in sentences of the words ``trial_notes``."""

from __future__ import annotations

from ..words import catalogue


class Doubt(str):
    """A sentence on a choice that may make the whole analysis wrong; it is shown beside the picture, not in a fold."""


class Notes(list):
    """Sentences in the order in which they were said."""

    def say(self, key: str, **fields) -> None:
        self.append(note(key, **fields))

    def doubt(self, key: str, **fields) -> None:
        self.append(Doubt(note(key, **fields)))


def note(key: str, **fields) -> str:
    return catalogue.panel("trial_notes")(f"data.{key}", **fields)
