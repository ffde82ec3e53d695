"""A question or an exercise: what it asks, with its numbers filled in, and what a check of an answer says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType

from ..data.checks import TrialDataError
from ..words import prose

KINDS = ("choice", "number", "code", "sort", "write")
EMPTY_STARTER = "answer = ..."


@dataclass(frozen=True)
class Check:
    """Whether an answer is right, and a sentence saying why or what was checked."""

    correct: bool
    message: str


@dataclass(frozen=True)
class Card:
    """A card to sort: what stands on it, its box, why it belongs there, and what is said to some wrong boxes."""

    text: str
    box: str
    why: str
    wrong: Mapping[str, str]

    def reason(self, box: str) -> str:
        """What is said to the card in this box.

        Examples
        --------
        >>> card = Card("HR 0.81", "printed", "The abstract has it.", {"unknown": "Read the abstract."})
        >>> card.reason("unknown"), card.reason("inferred")
        ('Read the abstract.', 'The abstract has it.')
        """
        return self.wrong.get(box, self.why)


@dataclass(frozen=True, eq=False, repr=False)
class Item:
    """One question or exercise; `load_items` makes it.

    Attributes
    ----------
    id, notebook, kind, when, panel, misconceptions
        ``"05-choice-1"``, ``"05"``, ``"choice"``, ``"before"`` or ``"after"`` its panel, the panel's name or None,
        ``("M5",)``.
    prompt, options, explanations, hints, look, outcome, working
        Texts with their numbers filled in. ``explanations`` has every option of a choice; of a number or a code
        item the typical wrong answers.
    boxes, cards
        Of a sort: labels of the boxes by their word, and the cards in the order in which they are shown.
    checklist
        Of a text to write: what the learner ticks beside the model answer.
    solution
        A letter, a number, source code, a word for every card ("1 printed, 2 unknown"), or the model answer.
    starter : str
        What a learner finds in a code cell.
    """

    id: str
    misconceptions: tuple[str, ...]
    when: str
    panel: str | None
    raw: Mapping = field(compare=False)

    def __repr__(self) -> str:
        return f"Item({self.id!r})"

    @property
    def notebook(self) -> str:
        return self.id.split("-")[0]

    @property
    def kind(self) -> str:
        return self.id.split("-")[1]

    @property
    def is_marked(self) -> bool:
        """Whether an answer can be right: a text is written for its own sake."""
        return self.kind != "write"

    @cached_property
    def computed(self) -> Mapping:
        """What the item's function in ``numbers.py`` returns."""
        return _computed(self.raw["numbers"]) if "numbers" in self.raw else MappingProxyType({})

    def _filled(self, text: str) -> str:
        if "{" not in text and "}" not in text:  # then its numbers, some of which take a second, can wait
            return text.strip()
        try:
            return prose.quote(text, **self.computed).strip()
        except (TrialDataError, ValueError, TypeError, AttributeError, KeyError, IndexError) as problem:
            raise TrialDataError(f"Item {self.id}: {problem} (in the text {text.strip()[:60]!r}…).") from None

    def _all_filled(self, name: str) -> dict[str, str]:
        return {key: self._filled(text) for key, text in self.raw.get(name, {}).items()}

    @cached_property
    def prompt(self) -> str:
        return self._filled(self.raw["prompt"])

    @cached_property
    def options(self) -> dict[str, str]:
        return self._all_filled("options")

    @cached_property
    def explanations(self) -> dict[str, str]:
        return self._all_filled("explanations" if self.kind == "choice" else "wrong")

    @cached_property
    def hints(self) -> tuple[str, ...]:
        return tuple(self._filled(hint) for hint in self.raw.get("hints", ()))

    @cached_property
    def boxes(self) -> dict[str, str]:
        return self._all_filled("boxes")

    @cached_property
    def cards(self) -> tuple[Card, ...]:
        return tuple(
            Card(
                text=self._filled(card["text"]),
                box=card["box"],
                why=self._filled(card["why"]),
                wrong={box: self._filled(text) for box, text in card.get("wrong", {}).items()},
            )
            for card in self.raw.get("cards", ())
        )

    @cached_property
    def checklist(self) -> tuple[str, ...]:
        return tuple(self._filled(point) for point in self.raw.get("checklist", ()))

    @cached_property
    def look(self) -> str:
        return self._filled(self.raw.get("look", ""))

    @cached_property
    def outcome(self) -> str:
        return self._filled(self.raw.get("outcome", ""))

    @cached_property
    def working(self) -> str:
        """How the answer of a number question comes about."""
        return self._filled(self.raw.get("working", ""))

    @cached_property
    def above(self) -> dict[str, str]:
        """What is said to a number above one of the item's numbers."""
        return self._all_filled("above")

    @cached_property
    def below(self) -> dict[str, str]:
        """What is said to a number below one of the item's numbers."""
        return self._all_filled("below")

    @property
    def decimals(self) -> int | None:
        return self.raw.get("decimals")

    @property
    def unit(self) -> str:
        return self.raw.get("unit", "")

    @property
    def starter(self) -> str:
        return self.raw.get("starter", EMPTY_STARTER + "\n")

    @property
    def solution(self):
        if self.kind == "choice":
            return self.raw["answer"]
        if self.kind == "number":
            return float(self.number(self.raw["answer"]))
        if self.kind == "sort":
            return sorted_text({place: card.box for place, card in enumerate(self.cards, 1)})
        if self.kind == "write":
            return self._filled(self.raw["model"])
        return self.raw["solution"]

    def number(self, key: str):
        """Return one of the item's computed values."""
        if key not in self.computed:
            have = ", ".join(self.computed) or "none"
            raise TrialDataError(f"Item {self.id}: {key!r} is none of its numbers ({have}).")
        return self.computed[key]


def sorted_text(boxes: Mapping[int, str]) -> str:
    """Return which card went into which box as it is kept and sent: readable, and the same for the same boxes.

    Examples
    --------
    >>> sorted_text({2: "unknown", 1: "printed"})
    '1 printed, 2 unknown'
    """
    return ", ".join(f"{place} {boxes[place]}" for place in sorted(boxes))


@cache
def _computed(name: str) -> Mapping:
    from . import numbers

    function = getattr(numbers, name, None)
    if not callable(function) or name.startswith("_"):
        raise TrialDataError(f"There is no function {name!r} in alsteach/exercises/numbers.py.")
    return MappingProxyType(dict(function()))
