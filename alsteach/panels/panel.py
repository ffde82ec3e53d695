"""What a panel is made of: one picture, one finding, a few steps, few controls.

A page's module (``page05.py``) says what its panel computes, draws and says; `panel` puts it together. Everything a
learner reads stands in ``words/<language>/page05.toml``, in the table named like the panel.
"""

from __future__ import annotations

import html
import itertools
import math
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from types import GeneratorType, SimpleNamespace

import ipywidgets as widgets
import numpy as np
from matplotlib.lines import Line2D

from .. import style
from ..data.checks import TrialDataError
from ..words import catalogue, numbers
from .picture import NARROW, WIDTHS, PictureView, Sheet, picture_html, put_badge
from .refining import Refining
from .settings import choice, fixed, in_turn, levels, slider, tick, ticks

HEIGHT, PHONE_HEIGHT = 320, 260
SHOWN_EVERY = 0.25  # seconds: half the work of a simulation would be its pictures
KEPT_RESULTS = 8  # so that going to and fro between steps computes nothing anew
STILL_WIDTH, STILL_SHARPNESS = 720, 1.5
NARROWEST, WIDEST = 280, 760
# The first panel of a page is drawn before its view can ask: the kernel hears nothing until Run All has ended.
EARLY_WIDTH = 720  # on a small laptop
BADGES = ("paper", "paper_arithmetic", "synthetic", "real", "simulated", "model", "own")
FOUND = "@found"  # in ``frame_by``: the frame changes with what was found


@dataclass(frozen=True)
class Layer:
    """One part of the picture, ``draw(axes, values, found)``: drawn anew when one of the controls ``by`` changes.

    ``by=None`` means any. When what was found changes it is drawn anew too, unless ``found`` is False.
    """

    draw: Callable
    by: tuple | None = None
    found: bool = True


class Step:
    """One step: the values of the controls; those it does not name go to their start.

    ``"@line.mean"`` stands for ``found.line.mean``.
    """

    def __init__(self, key: str, **values):
        self.key, self.values = key, values


@dataclass(frozen=True)
class Said:
    """What a panel says: a key of its words ``finding``, their fields, and keys of ``numbers`` for *In numbers*."""

    finding: str
    fields: dict = field(default_factory=dict)
    more: tuple | list = ()


@dataclass(frozen=True)
class Handle:
    """A place in the picture that can be dragged, and moves the control of this name.

    ``path(axes, values, found)`` gives the points it may take: rows of x, y (parts of the figure) and value; see
    `Axes.points`.
    """

    name: str
    path: Callable


@dataclass(frozen=True)
class Mark:
    """Places that can be clicked: ``at(axes, values, found)`` gives them like a path; the value is what is passed on.

    ``action(values, value)`` returns the controls' new values, a dict. ``name`` is a key of the words ``marks``.
    """

    name: str
    at: Callable
    action: Callable


@dataclass(frozen=True)
class Guess:
    """A guess on the picture at one step, before the truth is seen: a place on ``path``, dragged and locked.

    ``truth(values, found)`` is the true value. The ring stands at ``start``, a part of the path, where the truth is
    not. Words: ``guess.ask``, ``guess.here`` and ``guess.locked``, each with the field ``guess``.
    """

    path: Callable
    truth: Callable
    step: str
    start: float = 0.85


@dataclass(frozen=True)
class Partial:
    """What slow work has found so far: ``done`` of ``of``."""

    found: object
    done: int
    of: int


class Guessing:
    """The learner's guess: open, then locked at ``value`` or skipped."""

    def __init__(self, panel: Panel, spec: Guess):
        self._panel, self.spec = panel, spec
        self.value: float | None = None
        self.open = self.skipped = False
        self._observers: list[Callable] = []

    @property
    def locked(self) -> bool:
        return self.value is not None

    @property
    def truth(self) -> float:
        panel = self._panel
        return float(self.spec.truth(*panel.state_of(panel.step_values(self.spec.step))))

    def observe(self, callback: Callable) -> None:
        """Call ``callback(guessing)`` once it is locked or skipped."""
        self._observers.append(callback)

    def lock(self, value: float) -> None:
        """Lock a guess; the first one stands."""
        if self.open:
            self.value = float(value)
            self._close()

    def skip(self) -> None:
        """Go on without a guess."""
        if self.open:
            self.skipped = True
            self._close()

    def _close(self) -> None:
        self.open = False
        self._panel.refresh()
        for callback in self._observers:
            callback(self)

    def draw_track(self, axes, values, found) -> None:
        """Draw where the ring can go: a step at which something is asked looks unlike the one before."""
        x, y, _ = np.asarray(self.spec.path(axes, values, found), dtype=float).T
        options = {"transform": axes.figure.transFigure, "color": style.HIGHLIGHT, "alpha": 0.22}
        axes.figure.add_artist(Line2D(x, y, linewidth=7, solid_capstyle="round", **options))

    def draw(self, axes, values, found) -> None:
        """Draw the locked guess where the learner put it."""
        x, y = place_on(self.spec.path(axes, values, found), self.value)
        options = {"transform": axes.figure.transFigure, "color": style.HIGHLIGHT}
        ring = {"marker": "o", "markersize": 10, "markerfacecolor": "white", "mew": 2.5}
        axes.figure.add_artist(Line2D([x], [y], **ring, **options))
        side, said = 1 if x < 0.75 else -1, catalogue.panel(catalogue.COMMON)("guess_mark")
        look = {"ha": "left" if side == 1 else "right", "va": "center", "fontsize": 9}
        axes.figure.text(x + side * 13 / axes.width, y, said, **look, **options)


_in_kernels = itertools.count()


def is_first_in_kernel() -> bool:
    """Whether this is a notebook's kernel, and nobody in it has asked before."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None and next(_in_kernels) == 0


def place_on(path, value: float) -> tuple[float, float]:
    """Return where on a path its values reach ``value``: x and y as parts of the figure."""
    x, y, values = np.asarray(path, dtype=float).T
    order = np.argsort(values)
    return float(np.interp(value, values[order], x[order])), float(np.interp(value, values[order], y[order]))


class Panel(widgets.VBox):
    """One picture, one finding, a few steps, few controls; made by ``panel``.

    Attributes
    ----------
    values : dict
        The controls' values by name.
    steps : list of str
        The keys of the steps; ``go(key)`` takes one.
    found
        What was computed for these values.
    said : Said
    finding : str
        The sentence under the picture.
    in_numbers : list of str
        The sentences of the fold.
    guess : Guessing or None
    controls : dict
        The controls by name.
    """

    def __init__(
        self, key, controls, off, compute, needs, frame, frame_by, layers, say, handles, marks, guess, steps,
        badge, height, title="title",
    ):  # fmt: skip
        self.key, self.words = key, catalogue.panel(key)
        self.title = self.words(title)
        self._common = catalogue.panel(catalogue.COMMON)
        self.controls = {
            want.name: want.make(self.words.table(f"controls.{want.words or want.name}")) for want in controls
        }
        self._shown = {want.name: want.shown for want in controls if want.shown}
        self._defaults = {name: control.value for name, control in self.controls.items()}
        self._off, self._compute, self._say = dict(off or {}), compute, say
        self._needs = tuple(self.controls) if needs is None else tuple(needs)
        self._frame, self._frame_by, self._layers = frame, tuple(frame_by), list(layers)
        self._handles, self._marks = list(handles), list(marks)
        self._steps = {step.key: step for step in steps}
        self._badge = badge if callable(badge) else lambda values: badge
        self._height = height
        self.guess = Guessing(self, guess) if guess is not None else None
        self._lock = threading.RLock()
        self._quiet, self._stale = 0, True
        self._results: OrderedDict = OrderedDict()
        self._work, self._working_on, self._slow = Refining(self._lock), None, False
        self._shown_at = -math.inf  # when a result that is being refined was last shown
        self._found, self._found_key, self._progress = None, None, None
        self._refusal: str | None = None
        self._said: Said | None = None
        self._step = next(iter(self._steps), None)
        self._sheet: Sheet | None = None
        self._kept_sheets: dict[tuple, Sheet] = {}
        self._in_sight = [
            want.name for want in controls if not want.more and self.controls[want.name].view is not None
        ]
        self._width, self._sharpness = None, 1.0
        self._still: tuple | None = None
        with self._setting():
            self._set_values(self.step_values(self._step) if self._step else {})
        self._step_left = self.values
        for control in self.controls.values():
            control.observe(self._changed)
        self._build(controls)
        if is_first_in_kernel():
            self.picture.shown = self.shown_at(EARLY_WIDTH, 1.0) | {"early": True}

    def _build(self, wanted) -> None:
        words = ("back", "next", "numbers", "lock", "skip", "stop", "working", "drag_guess")
        self.picture = PictureView(
            words={name: self._common(name) for name in words},
            fixed={
                "height": self._height,
                "phone_height": min(PHONE_HEIGHT, self._height),
                "narrow": NARROW,
                "widths": WIDTHS,
                "widest": WIDEST,
                "narrowest": NARROWEST,
                "longest": max((self._told(step) for step in self._steps), key=len, default=""),
            },
        )
        self.picture.on_msg(lambda _, message, buffers: self._hear(message))
        heading = widgets.HTML(f'<div role="heading" aria-level="3">{html.escape(self.title)}</div>')
        heading.add_class("alsteach-title")
        parts = [self.picture]
        if self.controls:
            parts.append(self._controls_box(wanted))
        body = widgets.Box(parts)
        body.add_class("alsteach-body")
        super().__init__([heading, body])
        self.add_class("alsteach-panel")
        self.add_class("alsteach-panel-2")

    def _controls_box(self, wanted):
        views = [(want.more, self.controls[want.name].view) for want in wanted]
        seen = [view for more, view in views if view is not None and not more]
        folded = [view for more, view in views if view is not None and more]
        if folded:
            more = widgets.ToggleButton(
                value=False, description=self._common("more"), icon="caret-right", layout={"width": "auto"}
            )
            more.add_class("alsteach-more")
            box = widgets.VBox(folded, layout={"display": "none"})
            box.add_class("alsteach-folded")
            more.observe(lambda change: _unfold(more, box), "value")
            seen += [more, box]
        controls = widgets.VBox(seen)
        controls.add_class("alsteach-controls")
        return controls

    # ---- what a learner, a test or a teacher asks

    @property
    def values(self) -> dict:
        return {name: control.value for name, control in self.controls.items()}

    @property
    def steps(self) -> list[str]:
        return list(self._steps)

    @property
    def step(self) -> str | None:
        """The step taken last."""
        return self._step

    @property
    def found(self):
        self._catch_up()
        return self._found

    @property
    def said(self) -> Said | None:
        return None if self._refused() else self._said

    @property
    def finding(self) -> str:
        if self._refused():
            return self._refusal
        if self.guess is not None and self.guess.open:
            return self.words("guess.ask")
        said = self.said
        return "" if said is None else self.words(f"finding.{said.finding}", **said.fields)

    @property
    def in_numbers(self) -> list[str]:
        said = None if self.guess is not None and self.guess.open else self.said
        return [] if said is None else [self.words(f"numbers.{key}", **said.fields) for key in said.more]

    @property
    def alternative_text(self) -> str:
        return self.alternative_to(filter(None, [self.finding, self._guess_stands(), *self.in_numbers]))

    def alternative_to(self, sentences) -> str:
        """Return the alternative text of a picture to which these sentences are said."""
        key = "question" if self.title.endswith("?") else "alternative"
        return self._common(key, title=self.title.rstrip("."), said=" ".join(sentences))

    def set(self, **values) -> None:
        """Set several controls at once and draw once."""
        unknown = [name for name in values if name not in self.controls]
        if unknown:
            raise TrialDataError(
                f"This panel has no control {unknown[0]!r}; it has: {numbers.and_list(self.controls)}."
            )
        with self._setting():
            self._set_values(values)
        self.refresh()

    def go(self, key: str) -> Panel:
        """Take a step: every control to what it says, or to its start. Returns the panel: a page may open at a step."""
        if key not in self.steps:
            raise TrialDataError(
                f"This panel has no step {key!r}; its steps are {numbers.and_list(self.steps)}."
            )
        self._step = key
        if self.guess is not None:
            asked = key == self.guess.spec.step
            self.guess.open = asked and not (self.guess.locked or self.guess.skipped)
        with self._setting():
            self._set_values(self.step_values(key))
        self._step_left = self.values
        self.refresh()
        return self

    def step_values(self, key: str) -> dict:
        """Return the value of every control at a step."""
        values = self._defaults | self._steps[key].values
        texts = {name: value for name, value in values.items() if isinstance(value, str)}
        asked = {name: text[1:] for name, text in texts.items() if text.startswith("@")}
        if asked:
            known = {name: self._defaults[name] if name in asked else value for name, value in values.items()}
            _, found = self.state_of(known)
            values |= {name: attrgetter(attribute)(found) for name, attribute in asked.items()}
        return values

    def state_of(self, values: dict) -> tuple:
        """Return (values, found) as compute would see and find them, without touching the controls."""
        namespace = SimpleNamespace(**values)
        key = self._key(namespace)
        if key not in self._results:
            found = self._compute(namespace) if self._compute else None
            if isinstance(found, GeneratorType):
                *_, last = found
                found = last.found
            self._keep(key, found)
        return namespace, self._results[key]

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing is being computed; return whether that happened within ``seconds``."""
        self._catch_up()
        return self._work.wait(seconds)

    def picture_at(self, width: int = STILL_WIDTH, sharpness: float = STILL_SHARPNESS) -> bytes:
        """Return the picture as a PNG of this width in screen pixels, without a browser."""
        self._catch_up()
        with self._lock:
            return self._draw(self._sheet_of(width, sharpness))

    def shown_at(self, width: int = STILL_WIDTH, sharpness: float = STILL_SHARPNESS) -> dict:
        """Return all that a view of this width shows, without a browser: picture, sentences, the places of hands.

        What is drawn is kept for the next call with this width, as for a view.
        """
        self._catch_up()
        with self._lock:
            kept = width, sharpness
            if kept not in self._kept_sheets:
                self._kept_sheets[kept] = self._sheet_of(width, sharpness)
            return self._shown_on(self._kept_sheets[kept], width)

    @property
    def able(self) -> list[str]:
        """The controls in sight that have an effect now."""
        return [
            name
            for name in self._in_sight
            if self.controls[name].off is None and self.controls[name].view.layout.display != "none"
        ]

    def after_mark(self, number_of: int, value) -> dict:
        """Return the controls' new values once the mark of this number is clicked where it stands for ``value``."""
        return self._marks[number_of].action(self._namespace(), value)

    @property
    def main_control(self) -> str | None:
        """The control that matters most of those that have an effect now: with a handle, a slider, else a choice."""
        able = self.able
        held = [handle.name for handle in self._handles if handle.name in able]
        sliders = [name for name in able if self.controls[name].slides]
        choices = [name for name in able if self.controls[name].options]
        return next(iter([*held, *sliders, *choices]), None)

    # ---- from a change to a picture

    @contextmanager
    def _setting(self):
        """While this block sets several controls, none of them draws."""
        self._quiet += 1
        try:
            yield
        finally:
            self._quiet -= 1

    def _changed(self) -> None:
        if not self._quiet:
            with self._setting():
                self._adapt()
            self.refresh()

    def _set_values(self, values: dict) -> None:
        ranged = [name for name in values if getattr(self.controls[name], "_limits", None)]
        for name in [name for name in values if name not in ranged]:
            self.controls[name].value = values[name]
        for name in ranged:
            self.controls[name].coming = values[name]
        self._adapt()
        for name in ranged:
            self.controls[name].value, self.controls[name].coming = values[name], None

    def _adapt(self) -> None:
        for control in self.controls.values():
            control.adapt(self._namespace())

    def _namespace(self) -> SimpleNamespace:
        return SimpleNamespace(**self.values)

    def _key(self, values) -> tuple:
        return tuple(getattr(values, name) for name in self._needs)

    def _keep(self, key, found) -> None:
        self._results[key] = found
        self._results.move_to_end(key)
        while len(self._results) > KEPT_RESULTS:
            self._results.popitem(last=False)

    def _refused(self) -> bool:
        self._catch_up()
        return self._refusal is not None

    def _catch_up(self) -> None:
        """Compute if nothing has been computed since the last change: a panel nobody looks at costs nothing."""
        with self._lock:
            if self._stale:
                self._stale, self._refusal = False, None
                self._find()
                self._tell()

    def refresh(self) -> None:
        """Compute, draw and say anew what has changed; without a view to show it in, only once somebody asks."""
        with self._lock:
            self._switch()
            self._stale = True
            if self._width is not None:
                self._catch_up()
                self._publish()
            else:
                self.picture.shown = {}  # an early picture is out of date

    def _switch(self) -> None:
        values, closed = self._namespace(), self.guess is not None and self.guess.open
        for name, control in self.controls.items():
            control.switch(self._off[name](values) if name in self._off else None, closed)
        for name, shown in self._shown.items():
            self.controls[name].view.layout.display = None if shown(values) else "none"

    def _find(self) -> None:
        values = self._namespace()
        key = self._key(values)
        if key == self._working_on and self._work.busy:
            return
        if key in self._results:
            self._end(key, self._results[key])
            return
        try:
            found = self._compute(values) if self._compute else None
        except TrialDataError as refusal:
            self._refuse(str(refusal))
            return
        if isinstance(found, GeneratorType):
            self._slow, self._working_on, self._progress, self._shown_at = True, key, None, -math.inf
            self._work.start(found, lambda partial, last: self._refined(key, partial, last))
        else:
            self._end(key, found)

    def _tell(self) -> None:
        self._said = None
        if self._refusal is None and self._found is not None:
            try:
                self._said = self._say(self._namespace(), self._found)
            except TrialDataError as refusal:
                self._refusal = str(refusal)

    def _end(self, key, found) -> None:
        self._work.cancel()
        self._working_on = self._progress = None
        self._keep(key, found)
        self._found, self._found_key = found, key

    def _refuse(self, sentence: str) -> None:
        self._work.cancel()
        self._working_on = self._progress = None
        self._refusal = sentence

    def _refined(self, key, partial, last: bool) -> None:
        with self._lock:
            if isinstance(partial, TrialDataError):
                self._refuse(str(partial))
            elif isinstance(partial, Exception):
                self._refuse(self._common("fault"))
                self._publish()
                raise partial
            else:
                self._found, self._found_key = partial.found, (key, partial.done)
                self._progress = None if last else (partial.done, partial.of)
                if last:
                    self._working_on = None
                    self._keep(key, partial.found)
                elif time.monotonic() < self._shown_at + SHOWN_EVERY:
                    return
            self._tell()
            self._publish()
            self._shown_at = time.monotonic()

    def _publish(self) -> None:
        """Send picture, finding and all around them to the view, in one message."""
        if self._width is None:
            return
        with self._lock:
            self._sheet = self._sheet or self._sheet_of(self._width, self._sharpness)
            self.picture.shown = self._shown_on(self._sheet, self._width)

    def _shown_on(self, sheet: Sheet, width: int) -> dict:
        shown = {"step": self._step_shown(), "working": self._progress_shown(), "refused": False}
        try:
            if self._refusal is None and self._found is not None:
                shown["png"] = self._draw(sheet)
                shown |= self._hands(sheet.axes)
        except TrialDataError as refusal:
            self._refusal = str(refusal)
        return shown | {
            "refused": self._refusal is not None,
            "finding": self.finding,
            "numbers": self.in_numbers,
            "alternative": self.alternative_text,
            "guess": self._guess_shown(),
            "width": width,
            "height": self._height_at(width),
        }

    def _sheet_of(self, width: int, sharpness: float) -> Sheet:
        return Sheet(self.words.table("picture"), width, self._height_at(width), sharpness)

    def _height_at(self, width: int) -> int:
        return min(PHONE_HEIGHT, self._height) if width < NARROW else self._height

    def _draw(self, sheet: Sheet) -> bytes:
        values, found = self._namespace(), self._found
        if found is None and self._refusal is not None:  # refused before anything was found: as it opens
            values, found = self.state_of(self._defaults)
        sheet.axes.guess = self.guess
        badge = self._badge(values)
        state = self.guess and (self.guess.open, self.guess.value, self._step)

        def bound(draw):
            return lambda axes: draw(axes, values, found)

        def frame(axes):
            self._frame(axes, values, found)
            put_badge(axes, self._common(f"badge.{badge}"))

        frame_key = tuple(
            self._found_key if name == FOUND else getattr(values, name) for name in self._frame_by
        )
        layers = []
        for layer in self._layers:
            by = values.__dict__ if layer.by is None else layer.by
            key = tuple(getattr(values, name) for name in by)
            layers.append((bound(layer.draw), (key, state, self._found_key if layer.found else None)))
        if self.guess is not None:
            seen = self.guess.locked and self._step == self.guess.spec.step
            seen = seen and self.values == self._step_left
            drawn = self.guess.draw_track if self.guess.open else self.guess.draw if seen else _nothing
            layers.append((bound(drawn), (seen, self.guess.open, frame_key, self._found_key)))
        return sheet.draw(frame, (frame_key, badge), layers)

    # ---- what the view shows besides, and says

    def _told(self, step: str) -> str:
        return f"{self.words(f'steps.{step}.name')}: {self.words(f'steps.{step}.caption')}"

    def _step_shown(self) -> dict:
        if self._step is None:
            return {}
        place = self.steps.index(self._step)
        return {
            "name": self.words(f"steps.{self._step}.name"),
            "caption": self.words(f"steps.{self._step}.caption"),
            "place": self._common("place", n=place + 1, of=len(self.steps)),
            "index": place,
            "of": len(self.steps),
        }

    def _progress_shown(self) -> str:
        if not self._work.busy:
            return ""
        if self._progress is None:
            return self._common("working")
        return self._common("so_far", done=self._progress[0], of=self._progress[1])

    def _hands(self, axes) -> dict:
        values, found = self._namespace(), self._found
        closed = self.guess is not None and self.guess.open
        handles, marks = [], []
        for handle in [] if closed else self._handles:
            if self.controls[handle.name].off is None:
                path = _rounded(handle.path(axes, values, found))
                handles.append({"name": handle.name, "path": path, "value": self.values[handle.name]})
        for number_of, mark in enumerate([] if closed else self._marks):
            for x, y, value in _rounded(mark.at(axes, values, found)):
                label = self.words(f"marks.{mark.name}", value=value)
                marks.append({"mark": number_of, "x": x, "y": y, "value": value, "label": label})
        hands = {"handles": handles, "marks": marks}
        if closed:
            path = _rounded(self.guess.spec.path(axes, values, found))
            hands["path"], hands["start"] = path, self.guess.spec.start
            hands["here"] = [self.words("guess.here", guess=value) for _, _, value in path]
        return hands

    def _guess_shown(self) -> dict:
        if self.guess is None:
            return {}
        return {"open": self.guess.open, "stands": self._guess_stands()}

    def _guess_stands(self) -> str:
        if self.guess is None or not self.guess.locked or self._step != self.guess.spec.step:
            return ""
        return self.words("guess.locked", guess=self.guess.value)

    def _hear(self, message: dict) -> None:
        """Answer the view."""
        try:
            with self._lock:
                getattr(self, f"_on_{message['do']}")(message)
        finally:  # a view that gets no answer sends no more
            if "number" in message:
                self.picture.send({"answered": message["number"]})

    def _on_width(self, message) -> None:
        width = int(message["width"]) // WIDTHS * WIDTHS
        width, sharpness = min(max(width, NARROWEST), WIDEST), min(max(message["sharpness"], 1.0), 2.0)
        if self._width is None and not message.get("seen", True):
            self._work.rest()  # of a simulation that nobody looks at the first picture is enough
        if (width, sharpness) != (self._width, self._sharpness):
            self._width, self._sharpness = width, sharpness
            self._sheet = self._kept_sheets.pop((width, sharpness), None)
            self._switch()
            self._catch_up()
            self._publish()

    def _on_seen(self, message) -> None:
        self._work.go_on()

    def _on_move(self, message) -> None:
        place = self.steps.index(self._step) + message["by"]
        if 0 <= place < len(self.steps) and not (self.guess is not None and self.guess.open):
            self.go(self.steps[place])

    def _on_handle(self, message) -> None:
        control = self.controls[message["name"]]
        value = message["value"]
        if math.isfinite(value) and not (self.guess is not None and self.guess.open):
            control.value = control.on_a_step(value)

    def _on_mark(self, message) -> None:
        if self.guess is None or not self.guess.open:
            self.set(**self.after_mark(message["mark"], message["value"]))

    def _on_lock(self, message) -> None:
        if self.guess is not None and math.isfinite(message["value"]):
            self.guess.lock(message["value"])

    def _on_skip(self, message) -> None:
        if self.guess is not None:
            self.guess.skip()

    def _on_stop(self, message) -> None:
        self._work.cancel()
        self._working_on = None
        self._tell()
        self._publish()

    # ---- what tests, stills and items ask of any panel

    @property
    def presets(self) -> dict:
        """The steps' values by the steps' names."""
        return {self.words(f"steps.{key}.name"): self.step_values(key) for key in self.steps}

    @property
    def sentence(self) -> str:
        return " ".join([self.finding, *self.in_numbers])

    @property
    def background(self):
        """What works in the background, if this panel has shown itself to be slow."""
        self._catch_up()
        return self._work if self._slow else None

    @property
    def view(self) -> SimpleNamespace:
        said = self.sentence
        if self._still is None or self._still[0] != (said, self.values, self._found_key):
            picture = self.picture_at(STILL_WIDTH)
            html = picture_html(picture, said, STILL_WIDTH, self._height_at(STILL_WIDTH))
            self._still = (said, self.values, self._found_key), html
        return SimpleNamespace(value=self._still[1])

    def reset(self) -> None:
        """Go back to the first step, or without steps to the controls' start."""
        if self._steps:
            self.go(self.steps[0])
        else:
            self.set(**self._defaults)


def _nothing(axes, values, found) -> None:
    pass


def _unfold(button, box) -> None:
    box.layout.display = None if button.value else "none"
    button.icon = "caret-down" if button.value else "caret-right"


def _rounded(path) -> list[list[float]]:
    """Return a path as numbers short enough for a message."""
    return [[round(float(x), 4), round(float(y), 4), float(f"{value:.6g}")] for x, y, value in path]


def panel(
    key: str,
    controls=(),
    off=None,
    compute=None,
    needs=None,
    frame=None,
    frame_by=(),
    layers=(),
    say=None,
    handles=(),
    marks=(),
    guess=None,
    steps=(),
    badge="synthetic",
    height: int = HEIGHT,
    title: str = "title",
) -> Panel:
    """Put a panel together.

    ``frame``, the layers' ``draw`` and all paths are called with ``(axes, values, found)``: an `Axes`, the controls'
    values as attributes, and what ``compute`` found.

    Parameters
    ----------
    key : str
        The panel's table in the words, and its factory's name without ``_panel``.
    controls : list
        `choice`, `slider`, `levels`, `tick`, `ticks`.
    off : dict of str to callable, optional
        ``off[name](values)`` returns the key of the reason why this control has no effect now, or None.
    compute : callable, optional
        ``compute(values) -> found``; pure. Or a generator of `Partial`, each within 200 ms.
    needs : tuple of str, optional
        The controls that ``compute`` depends on; all by default.
    frame : callable
        Adds the axes (``axes.add("main", left=60, right=10, top=10, bottom=50)``, in pixels) and what stays.
    frame_by : tuple of str
        The controls that change the frame; with ``FOUND`` among them so does what was found.
    layers : list of Layer
    say : callable
        ``say(values, found) -> Said``.
    handles : list of Handle
    marks : list of Mark
    guess : Guess, optional
    steps : list of Step
        The first is how the panel opens.
    badge : str or callable
        Where the picture comes from: one of ``BADGES``, or ``badge(values)`` that returns one.
    height : int
        Of the picture, in pixels; at most 260 on a phone.
    title : str
        Where in the words its title stands: a page that shows a panel twice gives each its own.

    Returns
    -------
    Panel
    """
    return Panel(
        key, controls, off, compute, needs, frame, frame_by, layers, say, handles, marks, guess, steps, badge,
        height, title,
    )  # fmt: skip


__all__ = [
    "BADGES", "FOUND", "Guess", "Handle", "Layer", "Mark", "Panel", "Partial", "Said", "Step",
    "choice", "fixed", "in_turn", "levels", "panel", "slider", "tick", "ticks",
]  # fmt: skip
