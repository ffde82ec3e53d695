"""Runs inside a notebook's kernel while the book is made: what would be a widget is written out as HTML that moves.

A panel becomes the pictures of its steps, of its main control and of a choice beside it, drawn beforehand at two
widths, with what is said to each; static/book.js swaps them. Questions are in `asking`.
"""

from __future__ import annotations

import hashlib
import html
import io
import itertools
import re
from pathlib import Path

import ipywidgets as widgets
import numpy as np
from asking import asked, in_page
from IPython import get_ipython
from matplotlib.figure import Figure
from PIL import Image, ImageChops

from alsteach.exercises.widgets import MyProgress, Quiz
from alsteach.panels.page import PageBar
from alsteach.panels.panel import Panel, place_on
from alsteach.words import catalogue, numbers

WIDE, NARROW = 760, 360  # a wide page, and a phone of 390 pixels less its margins
SHARPNESS = 1.5
MARGIN = 3  # pixels around what differs
SAME = 4  # of 255: what two palettes make of one colour
LONGEST_WAIT = 300  # seconds for one picture that is computed in the background
PLACES, FINE_PLACES = 20, 40  # parts into which a slider is cut
FEW_PLACES = 5  # where a choice leads aside of the steps
MOST_OPTIONS = 4  # of the choice beside the main control
FINE_TRACKS = 2  # of a panel: in more the pages would grow heavy
FINE = {"paradox", "beam", "precision", "ruler", "reference_level"}  # the hand is on these
# Places of a control to which a page's prose sends the hand.
NAMED = {("cutpoint", "cut"): {2000, 2500, 3000, 3500, 4500, 5000}}
SOME_GUESS = 7650  # no other figure of the page
PYTHON_ONLY = {"own_trial", "checkup"}  # about the learner's own table, and own machine
_serial = itertools.count(1)


class Pictures:
    """A folder of pictures, each stored once under the hash of what it shows."""

    def __init__(self, folder: Path, link: str):
        self.folder, self.link = folder, link
        folder.mkdir(parents=True, exist_ok=True)

    def keep(self, pixels: np.ndarray) -> str:
        """Store a picture without loss, as the smaller of PNG and WebP; return its name."""
        name = hashlib.sha256(pixels.tobytes()).hexdigest()[:16]
        for suffix in ("webp", "png"):
            if (self.folder / f"{name}.{suffix}").exists():
                return f"{name}.{suffix}"
        image, as_webp, as_png = Image.fromarray(pixels), io.BytesIO(), io.BytesIO()
        image.save(as_webp, "WEBP", lossless=True, quality=50, method=2)
        few = image.convert("RGB").getcolors(256) if image.mode == "RGB" else None
        if few:
            image.quantize(len(few), dither=Image.Dither.NONE).save(as_png, "PNG", optimize=True)
        suffix, made = ("png", as_png) if few and as_png.tell() < as_webp.tell() else ("webp", as_webp)
        (self.folder / f"{name}.{suffix}").write_bytes(made.getvalue())
        return f"{name}.{suffix}"

    def keep_over(self, pixels: np.ndarray, base: np.ndarray) -> str | None:
        """Store what differs from another picture, to lie over it; None where nearly all differs."""
        differs = spread(changed(pixels, base), MARGIN)
        if differs.mean() > 0.5:
            return None
        over = np.zeros((*differs.shape, 4), np.uint8)
        over[differs, :3], over[differs, 3] = pixels[differs], 255
        return self.keep(over)


def changed(pixels: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Return where two pictures differ."""
    red, green, blue = ImageChops.difference(Image.fromarray(pixels), Image.fromarray(base)).split()
    return np.asarray(ImageChops.lighter(ImageChops.lighter(red, green), blue)) > SAME


def spread(places: np.ndarray, by: int) -> np.ndarray:
    """Return the places with a margin: a browser that scales a picture would mix what lies below into its edges."""
    wide = places.copy()
    for step in range(1, by + 1):
        wide[:, step:] |= places[:, :-step]
        wide[:, :-step] |= places[:, step:]
    high = wide.copy()
    for step in range(1, by + 1):
        high[step:] |= wide[:-step]
        high[:-step] |= wide[step:]
    return high


def pixels_of(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


# ---- a panel: its states, by step and by place of its main control


def ready(panel) -> None:
    if not panel.wait(LONGEST_WAIT):
        raise TimeoutError(f"The panel {panel.title!r} was not ready after {LONGEST_WAIT} s.")


def state(panel, pictures: Pictures, narrow: bool = True, bases: dict | None = None) -> dict | None:
    """Return what the panel shows now, or None if it refuses.

    With ``bases``, pictures by width, only what differs from them is stored; without, the whole.
    """
    ready(panel)
    shown = panel.shown_at(WIDE, SHARPNESS)
    if shown["refused"]:
        return None
    made = {"finding": shown["finding"], "numbers": shown["numbers"]} | after_the_other(panel)
    views = {"wide": shown} | ({"narrow": panel.shown_at(NARROW, SHARPNESS)} if narrow else {})
    for width, view in views.items():
        made |= {f"{part}_{width}": places for part, places in hands_on(panel, view).items()}
        pixels = pixels_of(view["png"])
        over = None if bases is None else pictures.keep_over(pixels, bases[width])
        made[width] = pictures.keep(pixels if over is None else bases[width])
        if over is not None:
            made[f"{width}_over"] = over
    return made


def other_of(panel):
    """Return the panel whose locked guess this one takes up, if there is one."""
    return getattr(panel.controls.get("mine"), "other", None)


def after_the_other(panel) -> dict:
    """Return what the finding says once a guess is locked in the other panel, "…" where the guess stands."""
    other, plain = other_of(panel), panel.finding
    if other is None:
        return {}
    other.guess.value = SOME_GUESS
    panel.refresh()
    said = panel.finding.replace(numbers.reading(SOME_GUESS), "…")
    other.guess.value = None
    panel.refresh()
    return {"marked": said} if said != plain else {}


def hands_on(panel, shown: dict) -> dict:
    """Return where the hand of the main control stands, and what can be clicked: where, its name, the values after."""
    hands = {}
    for handle in shown["handles"]:
        if handle["name"] == panel.main_control and handle["path"]:
            hands["hand"] = [round(at, 4) for at in place_on(handle["path"], handle["value"])]
    marks = [
        [mark["x"], mark["y"], mark["label"], panel.after_mark(mark["mark"], mark["value"])]
        for mark in shown["marks"]
    ]
    return hands | ({"marks": marks} if marks else {})


def bases_of(panel) -> dict:
    """Return the pictures of the panel as it stands, by width."""
    ready(panel)
    widths = ("wide", WIDE), ("narrow", NARROW)
    return {name: pixels_of(panel.shown_at(width, SHARPNESS)["png"]) for name, width in widths}


def guessing(panel, pictures: Pictures) -> dict:
    """Return the open guess: its picture without the truth, and for both widths where a guess may lie and its words."""
    made = state(panel, pictures)
    for name, width in (("wide", WIDE), ("narrow", NARROW)):
        shown = panel.shown_at(width, SHARPNESS)
        locked = [panel.words("guess.locked", guess=value) for _, _, value in shown["path"]]
        made[f"on_{name}"] = {key: shown[key] for key in ("path", "start", "here")} | {"locked": locked}
    return made


def shows_guess(panel, value: float) -> bool:
    """Return whether the picture, as the panel stands, shows a guess that was locked at another step."""
    drawn = []
    for guess in (value, None):
        panel.guess.value = guess
        drawn.append(panel.shown_at(WIDE, 1.0)["png"])
    return drawn[0] != drawn[1]


def options_of(control) -> dict:
    """Return what there is to choose, a value's label by the value."""
    if isinstance(control.value, bool):
        return {False: "✗", True: "✓"}
    return getattr(control, "options", {})


def beside(panel) -> list[str]:
    """Return the controls in sight, other than the main one, that offer a small choice now."""
    return [
        name
        for name in panel.able
        if name != panel.main_control and 2 <= len(options_of(panel.controls[name])) <= MOST_OPTIONS
    ]


def places(control, stops: set, parts: int) -> list:
    """Return the values of a control at which the panel is drawn: evenly apart, and where its steps stand."""
    if control.options:
        every = list(control.options)
        chosen = {
            every[i] for i in np.linspace(0, len(every) - 1, min(parts + 1, len(every))).round().astype(int)
        }
        return [value for value in every if value in chosen | stops]
    evenly = {control.on_a_step(value) for value in np.linspace(control.low, control.high, parts + 1)}
    return sorted(evenly | stops)


def label_of(control, value) -> str:
    return control.options[value] if control.options else numbers.number(value, control.unit)


def track(panel, context: dict, parts: int, pictures: Pictures) -> dict:
    """Return the states of one control, all others as they stand; each other one also for a phone."""
    name, stops, second = context["name"], context["stops"], context.get("second")
    control, states = panel.controls[name], []
    panel.set(**{name: min(stops, key=list(control.options).index) if control.options else min(stops)})
    bases = bases_of(panel)
    values = places(control, stops, parts)
    every = 1 if len(values) <= 11 else 2 if len(values) <= 25 else 4  # how many places a phone has one of
    named = NAMED.get((panel.key, name), set())
    values = sorted({*values, *named}) if named else values
    kept = {*values[::every], values[-1], *stops, *named}  # a slider reaches both its ends
    for value in values:
        panel.set(**{name: value})
        narrow = value in kept
        made = state(panel, pictures, narrow, None if value in stops else bases)
        if made is None:
            continue
        made |= {"label": label_of(control, value), "value": value}
        reason = panel.controls[second["name"]].off if second else None
        if reason:
            made["off"] = panel.words(f"controls.{second['name']}.off.{reason}")
        same = states and all(
            made.get(part) == states[-1].get(part) for part in ("wide", "wide_over", "finding")
        )
        if same and value in stops:
            states[-1] = made
        elif not same or states[-1]["value"] in stops and value in stops:
            states.append(made)
    span = f"{name} {getattr(control, 'low', '')} {getattr(control, 'high', '')}"
    return {"label": control.label, "slides": bool(control.slides), "span": span, "states": states}


def context_of(panel, contexts: dict, key: str, aside: dict) -> dict:
    """Return the context the panel stands in: one control, all others held; ``key`` and ``aside`` lead there again."""
    ready(panel)
    name, values = panel.main_control, panel.values
    others = frozenset((other, value) for other, value in values.items() if other != name)
    known = {"name": name, "stops": set(), "step": key, "aside": aside, "place": len(contexts)}
    return contexts.setdefault((name, others), known)


def stand(panel, key: str, aside: dict) -> None:
    """Put the panel to a step, and then aside of it."""
    panel.go(key)
    if aside:
        panel.set(**aside)
    ready(panel)


def lead_aside(panel, contexts: dict) -> None:
    """Give every context a second control: a choice that is able at most steps, and where each option leads."""
    able = []
    for context in contexts.values():
        stand(panel, context["step"], {})
        able += beside(panel)
    for context in list(contexts.values()):
        stand(panel, context["step"], {})
        names = sorted(beside(panel), key=able.count, reverse=True)
        if names and context["name"] is not None:
            row = lead(panel, contexts, context, names[0], {})
            for place, (there, _) in enumerate(row["to"]):
                other = list(contexts.values())[there]
                if other["name"] != names[0]:  # or the choice would stand there twice
                    other.setdefault("second", row | {"at": place})
    for context in list(contexts.values()):
        name = context["name"]
        if (
            name is None
            or panel.controls[name].slides
            or len(options_of(panel.controls[name])) > MOST_OPTIONS
        ):
            continue
        row = lead(panel, contexts, context, name, context["aside"])
        for place, (there, _) in enumerate(row["to"]):
            other = list(contexts.values())[there]
            if other is not context:
                context["turns"] = dict(zip(options_of(panel.controls[name]), row["to"], strict=True))
                other.setdefault("second", row | {"at": place})


def lead(panel, contexts: dict, context: dict, name: str, aside: dict) -> dict:
    """Return a choice as a row of the book: where each of its options leads, a context and a value in it."""
    control = panel.controls[name]
    row = {"name": name, "label": control.label, "labels": list(options_of(control).values()), "to": []}
    row["tick"] = isinstance(control.value, bool)
    for option in options_of(control):
        stand(panel, context["step"], aside | {name: option})
        other = context_of(panel, contexts, context["step"], aside | {name: option})
        value = panel.values.get(other["name"])
        if not other["stops"]:
            other["stops"].add(value)
        row["to"].append([other["place"], value])
    return row


def place_of(control, value) -> float:
    return list(control.options).index(value) if control.options else float(value)


def nearest(states: list[dict], control, value) -> int:
    """Return the place among the states that lies nearest to a value of their control."""
    at = place_of(control, value)
    return min(range(len(states)), key=lambda i: abs(place_of(control, states[i]["value"]) - at))


def walk(panel, pictures: Pictures) -> tuple[list[dict], list[dict]]:
    """Return the steps and the tracks they stand on: a track is one control with all others held."""
    steps, contexts, guess = [], {}, None
    for key in panel.steps:
        panel.go(key)
        step = {part: panel.words(f"steps.{key}.{part}") for part in ("name", "caption")}
        if panel.guess is not None and panel.guess.open:
            step["guess"] = guessing(panel, pictures)
            panel.guess.skip()
            path = step["guess"]["on_wide"]["path"]
            guess = len(steps), path[len(path) // 2][2]
        context = context_of(panel, contexts, key, {})
        if guess and guess[0] < len(steps) and shows_guess(panel, guess[1]):
            context["guess"] = guess[0]
        value = panel.values.get(context["name"])
        if context["name"] is None:
            context["alone"] = context.get("alone") or state(panel, pictures)
        context["stops"].add(value)
        steps.append((step, context, value))
    heavy = panel.background is not None or len(contexts) > 3
    parts = PLACES // 2 if heavy else PLACES
    lead_aside(panel, contexts)
    tracks, fine = [], FINE_TRACKS if panel.key in FINE else 0
    for context in contexts.values():
        stand(panel, context["step"], context["aside"])
        if context["name"] is None:
            tracks.append({"states": [context["alone"]]})
            continue
        wanted, fine = (FINE_PLACES, fine - 1) if fine else (parts, 0)
        tracks.append(track(panel, context, FEW_PLACES if context["aside"] else wanted, pictures))
    for step, context, value in steps:
        states = tracks[context["place"]]["states"]
        step["track"] = context["place"]
        step["state"] = next((i for i, made in enumerate(states) if made.get("value") == value), 0)
    for context, made in zip(contexts.values(), tracks, strict=True):
        if "guess" in context:
            made["guess"] = context["guess"]
    connect(panel, contexts, tracks)
    return [step for step, _, _ in steps], tracks


def connect(panel, contexts: dict, tracks: list[dict]) -> None:
    """Say where each state's choice and each of its marks lead: to a track, and to a state on it."""
    for ((name, others), context), made in zip(contexts.items(), tracks, strict=True):
        second = context.get("second")
        if second:
            made["second"] = {part: second[part] for part in ("label", "labels", "tick", "at")}
            made["second"]["to"] = [arrive(panel, contexts, tracks, *there) for there in second["to"]]
        turns = context.get("turns", {})
        for place, one in enumerate(made["states"]):
            there = turns.get(one.get("value"), [context["place"]])
            if there[0] != context["place"]:
                one["turn"] = arrive(panel, contexts, tracks, *there)
            values = dict(others) | ({name: one["value"]} if name else {})
            for width in ("wide", "narrow"):
                led = []
                for x, y, label, changed_to in one.pop(f"marks_{width}", []):
                    there = whither(panel, contexts, tracks, values | changed_to)
                    if there == [context["place"], place] and changed_to.get(name, 0) != values.get(name, 0):
                        there[1] = min(
                            place + 1, len(made["states"]) - 1
                        )  # "one more" is the next that is drawn
                    if there:
                        led.append([x, y, label.split(":")[0], *there])
                if led:
                    one[f"marks_{width}"] = led
    for (name, _), made in zip(contexts, tracks, strict=True):
        for one in made["states"]:
            value = one.pop("value", None)
            if name:
                one["at"] = place_of(panel.controls[name], value)


def arrive(panel, contexts: dict, tracks: list[dict], place: int, value) -> list[int]:
    """Return a track and the state on it nearest to a value of its control."""
    return [place, nearest(tracks[place]["states"], panel.controls[list(contexts)[place][0]], value)]


def whither(panel, contexts: dict, tracks: list[dict], values: dict) -> list[int] | None:
    """Return the track and the state nearest to these values of all controls, or None where none was drawn."""
    for place, (name, others) in enumerate(contexts):
        if name and others <= values.items():
            return [place, nearest(tracks[place]["states"], panel.controls[name], values[name])]
    return None


def held(panel, tracks: list[dict]) -> list[str]:
    """Return the labels of the controls that the book holds where each step puts them."""
    free = {made.get("label") for made in tracks} | {
        made["second"]["label"] for made in tracks if "second" in made
    }
    labels = [
        control.label for control in panel.controls.values() if control.label and control.label not in free
    ]
    return [re.sub(r" \(or .*\)$", "", label) for label in dict.fromkeys(labels)]


def alternative(panel, made: dict) -> str:
    return panel.alternative_to([made["finding"], *made["numbers"]])


def picture_html(panel, made: dict, link: str) -> str:
    """Return a state's picture: the narrow one on a narrow page."""
    return (
        f'<picture><source media="(max-width: 600px)" srcset="{link}{made["narrow"]}">'
        f'<img src="{link}{made["wide"]}" alt="{html.escape(alternative(panel, made))}"></picture>'
    )


def moving_panel(panel, pictures: Pictures) -> str:
    """Return a panel as its first state, a list of its steps for paper and without a script, and all its states."""
    words, common = catalogue.panel("book"), catalogue.panel(catalogue.COMMON)
    opens = panel.steps.index(panel.step)  # a page may open it at a later step
    steps, tracks = walk(panel, pictures)
    first = tracks[steps[0]["track"]]["states"][steps[0]["state"]]
    rows = ""
    for step in steps:
        made = tracks[step["track"]]["states"][step["state"]]
        rows += (
            f'<li><img src="{pictures.link}{made["narrow"]}" alt="{html.escape(alternative(panel, made))}">'
            f"<span><b>{html.escape(step['name'])}{'' if step['name'][-1] in '?!' else '.'}</b> "
            f"{html.escape(step['caption'])} "
            f"<i>{html.escape(made['finding'])}</i></span></li>"
        )
    said = "".join(f"<li>{html.escape(text)}</li>" for text in first["numbers"])
    others = held(panel, tracks)
    held_here = words("finding.held", controls=", ".join(f"“{label}”" for label in others)) if others else ""
    shared = {
        "steps": steps,
        "tracks": tracks,
        "opens": opens,
        "other": other_of(panel) and other_of(panel).key,
        "link": pictures.link,
        "words": {name: common(name) for name in ("back", "next", "lock", "skip", "drag_guess", "guess_mark")}
        | {"alternative": alternative(panel, {"finding": "…", "numbers": []})}
        | {"place": [common("place", n=n + 1, of=len(steps)) for n in range(len(steps))]},
    }
    return (
        f'<section class="moving" id="panel-{panel.key}-{next(_serial)}" data-panel="{panel.key}">'
        f'<div class="moving-title" role="heading" aria-level="3">{html.escape(panel.title)}</div>'
        f'<div class="moving-walk"></div>'
        f'<figure class="moving-picture">{picture_html(panel, first, pictures.link)}'
        f'<div class="moving-hands"></div></figure>'
        f'<p class="moving-finding" aria-live="polite">{html.escape(first["finding"])}</p>'
        f'<div class="moving-control"></div>'
        f'<p class="moving-held">{html.escape(held_here)}</p>'
        f'<details class="moving-numbers"><summary>{html.escape(common("numbers"))}</summary><ul>{said}</ul></details>'
        f'<ol class="moving-steps" aria-label="{html.escape(words("finding.steps"))}">{rows}</ol>'
        f"{in_page(shared)}</section>"
    )


def python_only(panel, pictures: Pictures) -> str:
    """Return what the live course has in this place; of one's own trial, how the panel opens with an example."""
    said = html.escape(catalogue.panel("book")(f"finding.{panel.key}"))
    shown = ""
    if panel.key == "own_trial":
        made = state(panel, pictures)
        shown = (
            f'<figure class="moving-picture">{picture_html(panel, made, pictures.link)}</figure>'
            f"<p>{html.escape(made['finding'])}</p>"
        )
    return (
        f'<section class="still" data-panel="{panel.key}"><p class="still-title">{html.escape(panel.title)}</p>'
        f'<p class="live">{said}</p>{shown}</section>'
    )


# ---- the widgets of a page


def moving(widget, pictures: Pictures) -> str:
    """Return a widget of the course as HTML that needs no kernel."""
    if isinstance(widget, Panel):
        return python_only(widget, pictures) if widget.key in PYTHON_ONLY else moving_panel(widget, pictures)
    if isinstance(widget, Quiz):
        panels = "".join(moving(child, pictures) for child in widget.children if isinstance(child, Panel))
        questions = "".join(asked(q.item, getattr(q, "again", True)) for q in widget.questions)
        return f'<div class="quiz">{questions}{panels}</div>'
    if isinstance(widget, PageBar):
        return ""  # links stand in the bar's other line
    if isinstance(widget, MyProgress):
        words = catalogue.panel("book")
        clear, cleared, answered = (
            html.escape(words(key)) for key in ("controls.clear", "finding.cleared", "finding.answered")
        )
        button = f'<button type="button" class="book-clear" data-said="{cleared}">{clear}</button>'
        return f'<div class="live"><p class="book-answered" data-said="{answered}"></p>{button}</div>'
    if type(widget) is widgets.VBox:
        return "".join(moving(child, pictures) for child in widget.children if isinstance(child, Panel))
    raise TypeError(f"docs/book/moving.py does not know how a {type(widget).__name__} is written out.")


def words_of(figure: Figure) -> str:
    """Return what a figure says in words: its titles, its axes' labels, its notes."""
    said = []
    for ax in figure.axes:
        said += [
            *(ax.get_title(where) for where in ("left", "center", "right")),
            ax.get_xlabel(),
            ax.get_ylabel(),
        ]
    return "; ".join(filter(None, [*said, *(text.get_text() for text in figure.texts)]))


def register(folder: str, link: str) -> None:
    """Show every widget of this kernel as HTML, its pictures in ``folder``; tell of every figure what it says."""
    pictures = Pictures(Path(folder), link)
    formatter = get_ipython().display_formatter.mimebundle_formatter
    formatter.for_type(widgets.Widget, lambda widget: {"text/html": moving(widget, pictures)})
    # pyplot, once imported, takes out whatever a formatter has for figures.
    Figure._repr_pretty_ = lambda figure, printer, cycle: printer.text(words_of(figure))
