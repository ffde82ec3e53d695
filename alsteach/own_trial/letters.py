"""Letters that the course's font lacks: drawn with a font of the system if there is one, and said if there is none."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from .notes import note

FONT = "DejaVu Sans"
# Families with Chinese, Japanese and Korean letters, as systems name them
FAMILIES = """
    Noto Sans CJK SC|Noto Sans CJK JP|Noto Sans CJK KR|Noto Sans CJK TC|Noto Sans SC|Noto Sans JP|Noto Sans KR
    Noto Sans TC|Source Han Sans SC|Source Han Sans|Source Han Sans JP|Source Han Sans KR|PingFang SC|PingFang HK
    Hiragino Sans GB|Hiragino Sans|Hiragino Maru Gothic Pro|Heiti SC|Heiti TC|STHeiti|Songti SC|Apple SD Gothic Neo
    AppleGothic|Microsoft YaHei|Microsoft JhengHei|SimHei|SimSun|NSimSun|Yu Gothic|Meiryo|MS Gothic|Malgun Gothic|Gulim
    NanumGothic|Nanum Gothic|UnDotum|Baekmuk Dotum|WenQuanYi Micro Hei|WenQuanYi Zen Hei|AR PL UMing CN|AR PL UKai CN
    Droid Sans Fallback|IPAexGothic|IPAGothic|TakaoGothic|TakaoPGothic|VL Gothic|Unifont|Arial Unicode MS|Noto Sans
    Noto Sans Devanagari|Noto Sans Thai|Noto Sans Arabic|Noto Sans Hebrew
"""


def _families() -> list[str]:
    return [name.strip() for line in FAMILIES.split("\n") for name in line.split("|") if name.strip()]


@cache
def _installed() -> dict[str, str]:
    """Return the file of each known family that is on this machine."""
    from matplotlib.font_manager import fontManager

    files = {}
    for font in fontManager.ttflist:
        files.setdefault(font.name, font.fname)
    return {name: files[name] for name in _families() if name in files}


@cache
def _letters_of(path: str) -> frozenset:
    from matplotlib.font_manager import get_font

    return frozenset(get_font(path).get_charmap())


@cache
def _own() -> frozenset:
    from matplotlib.font_manager import findfont

    return _letters_of(findfont(FONT))


def _strange(text: str) -> set[str]:
    return {letter for letter in text if not letter.isspace() and ord(letter) not in _own()}


def fonts_for(text: str) -> tuple[list[str], str]:
    """Return the font families that together draw a text, and the letters that none of them has.

    >>> fonts_for("Äpfel β")
    (['DejaVu Sans'], '')
    """
    families, left = [FONT], _strange(whole(text))
    for name, path in _installed().items() if left else ():
        drawn = {letter for letter in left if ord(letter) in _letters_of(path)}
        if drawn:
            families.append(name)
            left -= drawn
    return families, "".join(sorted(left))


def whole(text: str) -> str:
    """Return a text without halves of letters (lone surrogates), which no file and no font can hold.

    >>> whole("drug") == "drug", whole("a\\ud800")
    (True, 'a\ufffd')
    """
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def drawn(text: str) -> str:
    """Return a text as a picture can show it: without control characters, a box for each letter no font has.

    >>> drawn("drug\\x1b")
    'drug'
    """
    text = "".join(c for c in whole(text) if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
    lacking = fonts_for(text)[1]
    return "".join("□" if letter in lacking else letter for letter in text)


def note_on(text: str) -> list[str]:
    """Say which letters pictures cannot show on this machine."""
    lacking = fonts_for(text)[1]
    if not lacking:
        return []
    shown = " ".join(lacking[:6]) + (" …" if len(lacking) > 6 else "")
    return [note("boxes", letters=shown)]


def width(text: str) -> int:
    """Return how many Latin letters wide a text is; Chinese, Japanese and Korean ones count twice.

    >>> width("drug"), width("安慰剂")
    (4, 6)
    """
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def shortened(text: str, most: int) -> str:
    """Return a text cut to a width.

    >>> shortened("对照组安慰剂", 7)
    '对照组…'
    """
    if width(text) <= most:
        return text
    kept = text
    while kept and width(kept) > most - 1:
        kept = kept[:-1]
    return kept + "…"
