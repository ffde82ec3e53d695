"""Which value of a column means what: who died, who had the active treatment.

What 1 means is known (words in the cells, codes spelled out in the column's name, a standard's habit), or inferred
from who was followed longest, or it is asked. A name that merely holds "alive" or "censor" decides nothing.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import pandas as pd

from .vocabulary import EXACTLY, NO_SPACES, means, plain, unit_of, whole_words

USUAL_EVENT = "the usual coding: 1 the event, 0 censored"
USUAL_ARM = "the usual coding: 1 active, 0 control"


def levels(values: pd.Series) -> list:
    """Return the values of a column, sorted, as plain Python values; 1 for 1.0, which blank cells make of it."""
    found = [v.item() if hasattr(v, "item") else v for v in values.dropna().unique()]
    found = [int(v) if isinstance(v, float) and v.is_integer() else v for v in found]
    try:
        return sorted(found)
    except TypeError:
        return sorted(found, key=str)


def same(a, b) -> bool:
    """Tell whether two codes are the same to a reader: 1, 1.0, "1" and True are."""
    return spelled(a) == spelled(b)


def spelled(value) -> str:
    """Return a code as a learner writes it: 1 for 1.0."""
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return " ".join(str(value).split()).casefold()


def numbers_in(found: list) -> list[float] | None:
    """Return the codes as numbers if all are (``"1"`` too, and truth values), else None."""
    try:
        numbers = [float(value) for value in found]
    except (TypeError, ValueError):
        return None
    return numbers if np.isfinite(numbers).all() else None


# Codes spelled out in a name

_EQUALS = r"\s*(?:=+>?|:|→|->|\b(?:is|means|(?:is )?coded(?: as)?)\b)\s*"
_CODE = r"(?<![^\W_])-?\d+(?:\.0+)?(?![^\W_])"
_WORDS = r"[^\W\d_][^,;/|()\[\]{}\n=:]*?"
_END = rf"(?=\s*(?:$|[,;/|()\[\]{{}}\n]|\s{_CODE}{_EQUALS}))"
_RUN_ON = r"(?<![^\W_])(\d)(?!st\b|nd\b|rd\b|th\b)(?=[^\W\d_]{2}|[adynADYN]\b)"
_ENDS_IN_0 = re.compile(r"[^\W\d]0\W*$")  # dead_0: the code, or the first of several?
_BREAKS = rf"[,;/|()\[\]{{}}\n]+|{whole_words('or')}"


def codes_in_name(name, found=()) -> dict[str, str]:
    """Return what a column's name says of its codes, none if it says nothing; ``found`` may hold letters as codes.

    >>> codes_in_name("Status (1=dead, 0=alive)"), codes_in_name("arm (A=drug, B=placebo)", ["A", "B"])
    ({'1': 'dead', '0': 'alive'}, {'a': 'drug', 'b': 'placebo'})
    >>> codes_in_name("vital status [alive: 0; deceased: 1]"), codes_in_name("1-year mortality")
    ({'0': 'alive', '1': 'deceased'}, {})
    >>> codes_in_name("0/1 = censored/event"), codes_in_name("Arm: 1 placebo, 2 drug")
    ({'0': 'censored', '1': 'event'}, {'1': 'placebo', '2': 'drug'})
    >>> codes_in_name("os_status_1_dead_0_alive"), codes_in_name("care [1] standard [2] drug")
    ({'1': 'dead', '0': 'alive'}, {'1': 'standard', '2': 'drug'})
    >>> codes_in_name("os_event_0dead"), codes_in_name("生存状态(1死亡,2存活)"), codes_in_name("drug/placebo (0/1)")
    ({'0': 'dead'}, {'1': '死亡', '2': '存活'}, {'0': 'drug', '1': 'placebo'})
    """
    text = unicodedata.normalize("NFKC", str(name)[:300]).replace("_", " ")
    text = re.sub(rf"(?<={NO_SPACES.pattern})(?=\d)|(?<=\d)(?={NO_SPACES.pattern})", " ", text)
    text = re.sub(r"(?<!\w)['\"“”‘’]+|['\"“”‘’]+(?!\w)", "", text)
    letters = [v for v in found if isinstance(v, str) and re.fullmatch(r"[^\W\d_]{1,3}", v.strip())]
    if len(letters) == len(found) == 2 and not all(means(v, "yes", "no") for v in letters):
        for stand_in, letter in enumerate(letters, start=9001):
            sign = re.escape(letter.strip())
            text = re.sub(rf"(?<![^\W_]){sign}(?=\s*[=:]|-\w)|(?<=[=:]){sign}(?!\w)", str(stand_in), text)
        said = _codes_said(text)
        stood_for = {"9001": spelled(letters[0]), "9002": spelled(letters[1])}
        return {stood_for[code]: word for code, word in said.items() if code in stood_for}
    said = _codes_said(text)
    return said if any(map(_has_meaning, said.values())) else _side_by_side(text) or said


def _codes_said(text: str) -> dict[str, str]:
    if ";" in text:
        text = re.sub(rf"({_CODE})\s*,\s*(?=[^\W\d])", r"\1 = ", text)  # (0, alive; 1, dead)
    text = (
        re.sub(rf"{_RUN_ON}(?=[^\W\d_])", r"\1 = ", text) if len(re.findall(_RUN_ON, text)) > 1 else text
    )  # 1dead 0alive
    code, words = rf"({_CODE})", rf"({_WORDS})"
    if m := re.search(rf"{code}\s*([/|,])\s*{code}{_EQUALS}{words}\s*\2\s*{words}{_END}", text):
        return {_code(m[1]): m[4].strip(), _code(m[3]): m[5].strip()}
    if m := re.search(
        rf"{words}\s*([/|,])\s*{words}(?:{_EQUALS}|\s+){code}\s*\2\s*{code}", re.sub(r"[()\[\]{}]", " ", text)
    ):
        return {_code(m[4]): m[1].strip(), _code(m[5]): m[3].strip()}
    if found := {_code(m[1]): m[2].strip() for m in re.finditer(rf"{code}{_EQUALS}{words}{_END}", text)}:
        return found
    after = {_code(m[2]): m[1].strip() for m in re.finditer(rf"{words}{_EQUALS}{code}", text)}
    if len(after) > 1:
        return after
    parts = [part.strip() for part in re.split(_BREAKS, text)]
    listed = [re.fullmatch(rf"(?:.*:\s*)?{code}\s*[-–—.]?\s*([^\W\d].*)", part) for part in parts]
    bare = {_code(m[1]): m[2].strip() for m in listed if m}
    if len(bare) > 1 and not any(re.search(_CODE, word) for word in bare.values()):
        return bare
    bracketed = re.split(rf"[(\[]\s*{code}\s*[)\]]", text)
    if len(bracketed) > 4:
        beside = (
            bracketed[2::2]
            if bracketed[-1].strip()
            else [" ".join(bracketed[0].split()[-1:]), *bracketed[2:-1:2]]
        )
        return {_code(c): re.sub(r"^\W+|\W+$", "", w) for c, w in zip(bracketed[1::2], beside, strict=True)}
    return (
        after
        if re.search(rf"(?:=|coded)\s*(?:as\s+)?{_CODE}", text) or any(map(_has_meaning, after.values()))
        else {}
    )


def _side_by_side(text: str) -> dict[str, str]:
    """Codes and words in turn, nothing between them: which of its two neighbours a code means, their meaning tells."""
    text = re.sub(r"(?<=[^\W\d_])(\d)(?!\d)|(?<!\w)(\d)(?=[^\W\d_]{3})", r" \1\2 ", text)
    parts = [re.sub(r"^\W+|\W+$", "", part) for part in re.split(r"(?<!\w)(\d)(?!\w)", text)]
    found, after, before = parts[1::2], parts[2::2], parts[:-1:2]
    if len(found) == 1:  # cens_1 is the first of several
        words = after[0].split() or before[0].split()
        alone = len(words) == 1 if after[0] else re.search(r"[(\[{]", before[0])
        word = re.sub(r"^\W+", "", words[-1]) if alone else ""
        told = means_event(word) is not None or (after[0] and _has_meaning(word))
        return {found[0]: word} if word and told and not unit_of(word) else {}
    if not 2 <= len(found) == len(set(found)):
        return {}
    before = [" ".join(words.split()[-1:]) if i == 0 else words for i, words in enumerate(before)]
    meant = [[_has_meaning(words) for words in side] for side in (after, before)]
    meant[1][0] = meant[1][0] and not means(before[0], "treatment")  # "Drug (1 …": the column, no code
    if all(meant[0]) or (any(meant[0]) and all(after) and not all(meant[1])):
        return dict(zip(found, after, strict=True))
    told = all(meant[1]) or (any(meant[1]) and all(before) and not after[-1])
    return dict(zip(found, before, strict=True)) if told else {}


def _has_meaning(words: str) -> bool:
    return bool(words) and (means_event(words) is not None or means(words, "control", "active", "yes", "no"))


def _code(text: str) -> str:
    return spelled(float(text))


# Who died

_NEGATED = re.compile(whole_words("not"))


def means_event(value) -> bool | None:
    """Tell whether a word says that the event happened; None if it does not say.

    >>> means_event("Dead of disease"), means_event("no event"), means_event("1:Recurred/Progressed")
    (True, False, True)
    >>> means_event("Progression free"), means_event("not alive"), means_event("transplant")
    (False, True, None)
    """
    text = plain(value)
    if text in ("a", "d"):
        return text == "d"
    died, alive = means(text, "died"), means(text, "alive")
    happened = means(text, "happened")
    negated = _NEGATED.search(text)
    if negated and not means(text, "no_event"):
        rest = f"{text[: negated.start()]} {text[negated.end() :]}"
        if means(rest, "alive"):
            return None if means(rest, "died") else True
        if means(rest, "died") or means(rest, "happened") or not rest.strip():
            return False
    if means(text, "no_event"):
        alive = True
    if died and alive:
        return None
    if alive:
        return False
    return True if died or happened else None


def _yes_no(found: list) -> dict | None:
    """Return ``{value: 1 or 0}`` where the two values are yes and no in some language."""
    said = {
        v: 1 if means(v, "yes") else 0 if means(v, "no") else None
        for v in found
        if isinstance(v, str) and len(re.sub(r"\d", "", plain(v)).split()) == 1  # "1: Yes" too
    }
    return said if len(found) == 2 and sorted(map(str, said.values())) == ["0", "1"] else None


def died_value(values: pd.Series, name, times: np.ndarray | None = None) -> tuple[list, str]:
    """Return the values that mean the event, [] if that cannot be told, and how it was told."""
    found = levels(values)
    if len(found) > 10 or not found:
        return [], "has too many different values" if found else "is blank"
    if len(found) == 1 and values.isna().any():
        return [], f"all others than {spelled(found[0])!r} are blank"
    numbers, answers = numbers_in(found), _yes_no(found)
    said = _died_by_name(found, name)
    if said is not None:
        return said
    if numbers is None and answers is None:
        return _died_words(found)
    if numbers is not None and means(name, "cdisc"):
        return _cdisc(found, numbers)
    if len(found) == 1:
        return ([found[0]] if (numbers or [0])[0] == 1 else []), USUAL_EVENT
    if len(found) > 2:
        return [], "there are more than two codes"
    if answers is not None:
        low, high = sorted(found, key=answers.get)
        usual, why = [high], "the word says so"
    else:
        low, high = (found[i] for i in np.argsort(numbers))
        usual, why = [], "the codes are not 0 and 1, nor 1 and 2"
        if sorted(numbers) == [0, 1]:
            usual, why = [high], USUAL_EVENT
        elif sorted(numbers) == [1, 2]:
            usual, why = [high], "the usual coding: 2 died, 1 censored"
    return _by_name_and_length(values, name, times, low, high, usual, why)


def _died_words(found: list) -> tuple[list, str]:
    prefixed = {m[1]: v for v in found if (m := re.match(r"\s*([01])\s*[:=]\s*\S", str(v)))}
    if len(prefixed) == len(found) == 2 and not any(means_event(prefixed[k]) is (k == "0") for k in "01"):
        return [prefixed["1"]], "the code 1 before the word means the event, as in cBioPortal's tables"
    died = _those_who_died(found, {v: v for v in found})
    if len(died) == len(found) and len(found) > 1:
        return [], "each of the words may mean the event"
    if len(found) == 1 and died:
        return died, "the word says so"
    return died, "the word says so" if died else "the words do not say"


def _those_who_died(found: list, words: dict, meaning=means_event) -> list:
    """Return the values that mean the event; of two values the other one, where one means none."""
    letters = {"a", "d"} & {plain(word) for word in words.values()}
    unpaired = letters if len(letters) == 1 else ()  # A and B are no alive and dead
    told = {v: None if plain(word) in unpaired else meaning(word) for v, word in words.items()}
    died = [v for v in found if told.get(v) is True]
    alive = [v for v in found if told.get(v) is False]
    if not died and len(found) == 2 and len(alive) == 1:
        died = [v for v in found if v not in alive]
    return died


def _died_by_name(found: list, name) -> tuple[list, str] | None:
    """A name that spells its codes out decides: "Status (1=dead, 0=alive)"."""
    spelled_out = codes_in_name(name, found)
    said = {v: spelled_out[spelled(v)] for v in found if spelled(v) in spelled_out}
    if not said or len(said) < min(len(spelled_out), len(found)):
        return None
    died = _those_who_died(found, said, lambda word: _told(word, name))
    if not died or len(died) == len(found) > 1:
        return None
    return died, f"the name says that {' and '.join(spelled(v) for v in died)} is the event"


def _before_codes(name) -> str:
    return re.split(r"[(\[{:=]|(?<=[\W_])\d\s*[-–]?\s*(?=[^\W\d_])", str(name))[0]


def _told(word: str, name) -> bool | None:
    """What a word beside a code means; yes and no answer the rest of the name."""
    if means(word, "yes", "no") and len(plain(word).split()) == 1:
        head = [w for w in plain(_before_codes(name)).split() if not w.isdigit()]
        if any(means(w, "yes") for w in head):  # "dead yes/no"
            head = [w for w in head if means(w, "died", "alive") or not means(w, "yes", "no")]
        asked = means_event(" ".join(head))
        yes = means(word, "yes")
        return None if asked is None else asked is yes
    return means_event(word)


def _cdisc(found: list, numbers: list) -> tuple[list, str]:
    died = [v for v, number in zip(found, numbers, strict=True) if number == 0]
    if not died:
        return [], "in CDISC's tables 0 is the event and nobody has it"
    return died, "CDISC's tables: 0 is the event, 1 and above are censored"


def _by_name_and_length(values, name, times, low, high, usual, why) -> tuple[list, str]:
    pair = {spelled(v) for v in (low, high)}
    holds_alive, holds_death = means(name, "holds_alive"), means(name, "death")
    censored = censored_by_length(values, times)
    inferred = [] if censored is None else [low if censored == high else high]
    what = f"{spelled(censored)} is commoner among the patients followed longest" if inferred else ""
    if plain(name) in EXACTLY["is_alive"]:
        if inferred == [high]:
            return [], f"the name says that {spelled(high)} is alive, but {what}"
        return [low], f"the name says that {spelled(high)} is alive"
    numbered = {"0"} if _ENDS_IN_0.search(str(name)) else set()
    not_understood = pair & (numbered | codes_in_name(name, [low, high]).keys())
    unclear = (
        means(name, "ambiguous") or holds_alive or (pair == {"1", "2"} and holds_death) or not_understood
    )
    if unclear:
        if inferred:
            return inferred, f"{what}, so it seems to be the censored ones; the name fits either way"
        return [], "the name fits either way, and the lengths of follow-up do not tell"
    if not usual:
        return [], why
    if inferred and inferred != usual and stands_out(values, times):
        contradiction = f"{what}, which speaks against it: check it"
        if holds_death or means(name, "observed"):
            return usual, f"{why}; but {contradiction}"
        return [], f"{why} would fit, but {what}, so it may be the censored ones"
    return usual, why


def _longer(values, times) -> tuple[float, float, object, object] | None:
    """Return p and the share of pairs in which the second code was followed longer, and the two codes."""
    found = levels(values)
    if times is None or len(found) != 2:
        return None
    known = np.isfinite(times) & values.notna().to_numpy()
    second = (values == found[1]).to_numpy(dtype=bool)[known]
    if second.all() or not second.any():
        return None
    return *rank_test(times[known], second), *found


def rank_test(lengths, second) -> tuple[float, float]:
    """Compare two groups' lengths by Wilcoxon's rank test; `scipy.stats`, which has it, would delay the page.

    Returns
    -------
    p, share : float
        The p-value (two-sided, with ties and continuity correction), and the share of pairs in which the second group's
        is the longer, a tie counting half.

    Examples
    --------
    >>> rank_test(np.array([1.0, 2, 3, 4]), np.array([False, False, True, True]))
    (0.2452781168067728, 1.0)
    """
    from scipy.special import ndtr

    ranks, n, m = pd.Series(lengths).rank().to_numpy(), int(second.sum()), int((~second).sum())
    pairs = float(ranks[second].sum() - n * (n + 1) / 2)
    ties = np.unique(ranks, return_counts=True)[1]
    spread = n * m / 12 * (n + m + 1 - (ties**3 - ties).sum() / ((n + m) * (n + m - 1)))
    if spread <= 0:
        return 1.0, 0.5
    away = max(abs(pairs - n * m / 2) - 0.5, 0)
    return float(2 * ndtr(-away / np.sqrt(spread))), pairs / (n * m)


def censored_by_length(values, times):
    """Return the code of the patients who were followed longer, as the censored mostly are; None if it is not clear."""
    found = _longer(values, times)
    if found is None or found[0] >= 0.05:
        return None
    return found[3] if found[1] > 0.5 else found[2]


def stands_out(values, times) -> bool:
    """Tell whether the lengths of follow-up differ so much that a usual code is doubtful."""
    found = _longer(values, times)
    return found is not None and found[0] < 0.01 and abs(found[1] - 0.5) > 0.1


# Who had the active treatment


def active_value(values: pd.Series, name=None) -> tuple[object, str, bool]:
    """Return the value that means the active arm, how it was found, and whether the file tells it.

    None unless there are two values.
    """
    found = levels(values)
    if len(found) != 2:
        return None, "", False
    numbers, answers = numbers_in(found), _yes_no(found)
    said = codes_in_name(name, found) if name is not None else {}
    words = [said.get(spelled(v)) for v in found]
    if any(words) and not all(means(word, "yes", "no") for word in words if word):
        told = _active_word([word or "" for word in words])
        if told is not None:
            place = told[0] if words[told[0]] else 1 - told[0]
            return found[told[0]], f"the name says that {spelled(found[place])} is {words[place]!r}", True
    if numbers is not None or answers is not None:
        low, high = sorted(found, key=answers.get) if answers else (found[i] for i in np.argsort(numbers))
        if answers or sorted(numbers) == [0, 1] or all(word and means(word, "yes", "no") for word in words):
            return _active_code(name, low, high, answers)
        return high, "the higher code; the file does not say which arm is active", False
    told = _active_word(found)
    if told is not None:
        return found[told[0]], told[1], True
    return found[1], "the last in the alphabet; the words do not say which arm is active", False


def _active_code(name, low, high, answers) -> tuple[object, str, bool]:
    """Of 0 and 1 (or no and yes) 1 is active, unless the column is called placebo."""
    why = f"{low!r} sounds like the control" if answers else USUAL_ARM
    if name is None:
        return high, why, True
    said = codes_in_name(name)
    answered = {v: said.get(spelled(v), "") for v in (low, high)}
    if any(means(word, "yes", "no") for word in answered.values()):
        low, high = sorted(answered, key=lambda v: means(answered[v], "yes") - means(answered[v], "no"))
        why = f"the name says that {spelled(high)} is {'yes' if means(answered[high], 'yes') else 'not no'}"
    elif _codes_with_words(name, low, high) or _ENDS_IN_0.search(str(name)):
        return high, f"{why}; what the name says of its codes was not understood", False
    asked = plain(_before_codes(name) if said else name)
    no = _NEGATED.search(asked)
    lacking = "" if no is None else asked[no.end() :]
    if means(asked, "control_name"):
        none_of_it = means(lacking, "control_name")
        if none_of_it or means(asked, "names_both"):
            return high, f"{why}; the name does not say which", none_of_it
        return low, f"the name says that {spelled(high)} is the control", True
    if means(lacking, "treatment", "perhaps_treatment", "active"):
        return low, f"the name says that {spelled(high)} is without it", True
    if means(asked, "control"):
        return high, f"{why}; the name does not say which", False
    if not all(means(word, "yes", "no") for word in said.values()):
        return high, f"{why}; what the name says of its codes was not understood", False
    return high, why, True


def _lacks_control(word) -> bool:
    """Tell whether a word says that somebody had no placebo, or is no control."""
    no = _NEGATED.search(text := plain(word))
    return no is not None and means(text[no.end() :], "surely_control")


def _codes_with_words(name, low, high) -> bool:
    """Tell whether a name holds both codes with letters between them, other than "0 or 1"."""
    text = re.sub(rf"{whole_words('or')}|\b(?:to|vs?)\b", " ", str(name).replace("_", " "))
    between = re.search(
        rf"(?<!\d)(?:{spelled(low)}(.+){spelled(high)}|{spelled(high)}(.+){spelled(low)})(?!\d)", text
    )
    return between is not None and any(letter.isalpha() for letter in between[1] or between[2])


_ADDED = re.compile(rf"\+|\w.*&.*\w|{whole_words('added')}", re.IGNORECASE)


def _active_word(words: list) -> tuple[int, str] | None:
    """Return which of two words names the active arm, and how it was told."""
    # "con" may be short for control: what is added needs something to be added to
    added = [bool(_ADDED.search(str(v)) and plain(_ADDED.sub(" ", str(v)))) for v in words]
    for control_words, alone in (
        ("surely_control", False),
        ("control", True),
        ("control", False),
    ):
        # "standard" and "standard + drug" both name the control, one of them with something added
        control = [
            means(v, control_words) and not (alone and a) and not _lacks_control(v)
            for v, a in zip(words, added, strict=True)
        ]
        if control[0] != control[1]:
            at = control.index(True)
            return 1 - at, f"{words[at]!r} sounds like the control"
    active = [means(v, "active") for v in words]
    if active[0] != active[1]:
        return active.index(True), "the word says so"
    if added[0] != added[1] and all(words):
        return added.index(True), f"{words[added.index(False)]!r} with something added"
    return None
