"""The parameters that many functions share, each described once: the columns of a trial, and how it is analysed."""

from __future__ import annotations

SHARED = {
    "df": "df : DataFrame\n    One row a patient.",
    "duration_col": "duration_col : str\n    Follow-up time, in any unit.",
    "event_col": "event_col : str\n    Event: 1 = died, 0 = still alive when last seen.",
    "treatment": "treatment : str\n    Treatment: 1 = active arm, 0 = control.",
    "by": "by : str\n    A column of groups (arms, strata).",
    "covariates": (
        "covariates : sequence of str\n"
        "    Numeric columns, and categorical ones: the first category is the reference level (plain words: the\n"
        "    first in the alphabet), every other level gets a term ``column=level``."
    ),
    "interaction": (
        "interaction : str\n"
        "    A numeric biomarker that may change the treatment effect; its main effect is in the model once,\n"
        "    listed or not."
    ),
    "reference": (
        "reference : float\n"
        "    The biomarker value at which the treatment's coefficient is read; it moves nothing else."
    ),
    "ties": 'ties : {"efron", "breslow"}\n    How deaths at the same time share their risk set.',
    "missing": 'missing : {"warn", "raise"}\n    Leave out patients with a blank value and warn, or refuse.',
    "seed": "seed : int\n    The same seed gives the same trials.",
    "progress": "progress : callable, optional\n    Called with the share done, 0 to 1; the work ends if it raises.",
}


def documented(described):
    """Fill in the parameters that a docstring names on a line of its own as ``|df, missing|``.

    Examples
    --------
    >>> @documented
    ... def answer(seed):
    ...     '''Answer.
    ...
    ...     Parameters
    ...     ----------
    ...     |seed|
    ...     '''
    >>> print(answer.__doc__.strip().splitlines()[-1].strip())
    The same seed gives the same trials.
    """
    lines = []
    for line in (described.__doc__ or "").split("\n"):
        text = line.strip()
        if len(text) > 2 and text[0] == text[-1] == "|":
            margin = line[: line.index("|")]
            entries = "\n".join(SHARED[name.strip()] for name in text.strip("|").split(","))
            lines += [margin + entry for entry in entries.split("\n")]
        else:
            lines.append(line)
    described.__doc__ = "\n".join(lines)
    return described
