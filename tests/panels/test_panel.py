"""What every panel is made of, tried on a toy that has all of it."""

from __future__ import annotations

import asyncio
import io
import threading

import numpy as np
import pytest
from PIL import Image

import alsteach as al
from alsteach.panels import panel as frame
from alsteach.panels.panel import Layer, Mark, Partial, Said, Step, levels, slider, ticks
from alsteach.panels.picture import picture_html
from alsteach.panels.refining import Refining
from alsteach.panels.settings import browser_stand
from alsteach.words import catalogue
from tests.panels import toy as parts
from tests.panels.toy import Found, toy

pytestmark = pytest.mark.usefixtures("toy_words")


def seen(panel, width=700, sharpness=1):
    """Let a view tell its width."""
    panel._hear({"do": "width", "width": width, "sharpness": sharpness})
    return panel


def picture(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"), dtype=int)


class TestSteps:
    def test_a_step_sets_every_control_whatever_was_set_before(self):
        panel = toy()
        panel.set(x=7, power="root", dots=True)
        panel.go("small")
        assert panel.values == {"x": 1.0, "power": "square", "dots": False}
        panel.go("root")
        assert panel.values == {"x": 4.0, "power": "root", "dots": False}

    def test_a_step_may_take_a_value_that_was_found(self):
        panel = toy()
        panel.go("guessed")
        assert panel.values["x"] == 3.0

    def test_back_and_next_stop_at_the_ends(self):
        panel = seen(toy(guess=None, layers=[Layer(parts.draw_curve)]))
        panel._hear({"do": "move", "by": -1})
        assert panel.step == "small"
        for _ in range(5):
            panel._hear({"do": "move", "by": 1})
        assert panel.step == "root"
        assert panel.picture.shown["step"]["place"] == "3 of 3"

    def test_an_unknown_step_or_control_is_named(self):
        with pytest.raises(al.TrialDataError, match="no step 'big'; its steps are small, guessed and root"):
            toy().go("big")
        with pytest.raises(al.TrialDataError, match="no control 'y'; it has: x, power and dots"):
            toy().set(y=1)

    def test_presets_are_the_steps_by_their_names(self):
        assert toy().presets == {
            "Small": {"x": 1.0, "power": "square", "dots": False},
            "Three": {"x": 3.0, "power": "square", "dots": False},
            "A root": {"x": 4, "power": "root", "dots": False},
        }

    def test_reset_goes_to_the_first_step(self):
        panel = toy()
        panel.set(x=5)
        panel.reset()
        assert panel.values["x"] == 1.0

    def test_free_play_leaves_the_step_where_it_was(self):
        panel = seen(toy())
        panel.set(x=5)
        assert panel.step == "small"
        assert panel.picture.shown["step"]["place"] == "1 of 3"


class TestSaying:
    def test_finding_and_numbers_are_the_alternative_text(self):
        panel = seen(toy())
        assert panel.finding == "At 1.0 it is 1.0."
        assert panel.in_numbers == ["Its slope is 2.0."]
        assert panel.alternative_text == "A square. At 1.0 it is 1.0. Its slope is 2.0."
        assert panel.picture.shown["alternative"] == panel.alternative_text
        assert panel.said == Said("at", {"x": 1.0, "y": 1.0, "slope": 2.0}, ["slope"])

    def test_a_refusal_stands_where_the_finding_stands_and_the_controls_keep_their_values(self):
        panel = seen(toy())
        panel.set(x=10)
        shown = panel.picture.shown
        assert shown["refused"]
        assert shown["finding"] == panel.finding == "That is too far; take less than 9.5."
        assert "png" not in shown  # the view keeps the last one, dimmed
        assert shown["numbers"] == []
        assert panel.values["x"] == 10
        panel.set(x=2)
        assert not panel.picture.shown["refused"]
        assert panel.finding == "At 2.0 it is 4.0."

    def test_a_refusal_by_compute_is_shown_as_well(self):
        def refuse(values):
            raise al.TrialDataError("Nobody was treated.")

        panel = seen(toy(compute=refuse, steps=[Step("small")], guess=None))
        assert panel.finding == "Nobody was treated."
        assert panel.picture.shown["refused"]

    def test_its_words_are_all_asked_for_and_all_there(self):
        with catalogue.recording() as asked:
            panel = seen(toy())
            for step in panel.steps:
                panel.go(step)
                if panel.guess.open:
                    panel.guess.lock(4)
                for control in panel.controls.values():
                    for value in control.extremes:
                        control.value = value
        own = dict(asked["toy"])
        assert catalogue.problems({"toy": parts.TOY}, {"toy": own}) == []


class TestControls:
    def test_one_without_effect_is_off_and_says_why(self):
        panel = toy()
        dots = panel.controls["dots"]
        assert not dots.off
        panel.set(power="root")
        assert dots.off == "few"
        assert dots._inputs[0].disabled
        assert "There are no dots at a root." in dots._reason.value
        panel.set(power="square")
        assert not dots._inputs[0].disabled
        assert dots._reason.value == ""

    def test_slider_and_box_are_one(self):
        x = toy().controls["x"]
        x._box.value = 4.5
        assert (x.value, x._slider.value) == (4.5, 4.5)
        x._slider.value = 2.0
        assert (x.value, x._box.value) == (2.0, 2.0)
        x.value = 99
        assert x.value == 10
        assert x.on_a_step(3.3) == 3.5
        assert x._unit.value == "days"

    def test_a_range_may_depend_on_another_control(self):
        panel = toy(controls=[
            slider("x", 0, 10, 1, start=3, limits=lambda v: (0, 10, 1) if v.power == "square" else (0, 100, 10),
                   unit=lambda v: "cm" if v.power == "square" else "mm"),
            *controls("power", "dots"),
        ])  # fmt: skip
        panel.set(x=9)
        panel.set(power="root", x=60)
        x = panel.controls["x"]
        assert (x.low, x.high, x.value, x._slider.max, x._box.value, x._unit.value) == (
            0,
            100,
            60,
            100,
            60,
            "mm",
        )
        panel.set(power="square")
        assert (x.high, x.value, x._slider.max, x._unit.value) == (10, 3, 10, "cm")

    def test_the_other_kinds(self, monkeypatch):
        words = {
            "n": {"label": "How many", "unit": "patients"},
            "who": {"label": "Who", "options": {"old": "The old", "young": "The young"}},
        }
        monkeypatch.setitem(parts.TOY, "controls", parts.TOY["controls"] | words)
        more = [
            levels("n", [10, 100, 1000], 100),
            ticks("who", ["old", "young"], ["young"]),
        ]
        panel = toy(controls=[*controls("x", "power", "dots"), *more])
        assert panel.values | {"n": 100, "who": ("young",)} == panel.values
        assert panel.controls["n"]._part.options[0] == ("10 patients", 10)
        panel.set(n=1000, who=("young", "old"))
        assert (panel.values["n"], panel.values["who"]) == (1000, ("old", "young"))
        panel.controls["who"]._boxes["old"].value = False
        assert panel.values["who"] == ("young",)
        panel.go("root")
        assert (panel.values["n"], panel.values["who"]) == (100, ("young",))


def controls(*names):
    """The toy's own controls of these names."""
    own = {
        "x": slider("x", 0, 10, 0.5, start=1),
        "power": parts.choice("power", ["square", "root"]),
        "dots": parts.tick("dots"),
    }
    return [own[name] for name in names]


class TestPicture:
    def test_it_is_drawn_only_once_a_view_has_told_its_width(self):
        panel = toy()
        panel.set(x=2)
        assert panel.picture.shown == {}
        seen(panel, 719)
        assert panel.picture.shown["width"] == 680  # in steps of 40
        assert picture(panel.picture.shown["png"]).shape == (320, 680)

    def test_anew_for_another_width_lower_on_a_phone_and_sharper_where_the_screen_is(self):
        panel = seen(seen(toy()), 330, 2)
        assert picture(panel.picture.shown["png"]).shape == (520, 640)
        assert panel.picture.shown["height"] == 260

    def test_headless(self):
        assert picture(toy().picture_at(720)).shape == (480, 1080)

    def test_layers_make_the_same_picture_as_drawing_everything(self):
        panel = seen(toy())
        for change in ({"x": 5}, {"dots": True}, {"power": "root"}, {"x": 2, "dots": False}):
            panel.set(**change)
            assert panel.picture.shown["png"] == panel.picture_at(680, 1)

    def test_only_what_changes_is_drawn_anew(self):
        drawn = []

        def line(axes, values, found):
            drawn.append("line")
            parts.draw_curve(axes, values, found)

        def frame(axes, values, found):
            drawn.append("frame")
            parts.frame(axes, values, found)

        panel = seen(toy(frame=frame, frame_by=("dots",), layers=[Layer(line, by=("power",))]))
        assert drawn == ["frame", "line"]
        panel.set(x=4)
        assert drawn == ["frame", "line"]
        panel.set(power="root")
        assert drawn == ["frame", "line", "line"]
        panel.set(dots=True)
        assert drawn == ["frame", "line", "line", "frame", "line"]

    def test_compute_is_asked_once_for_what_it_needs(self):
        asked = []

        def compute(values):
            asked.append(values.power)
            return parts.compute(values)

        panel = seen(toy(compute=compute))
        for x in range(5):
            panel.set(x=x)
        panel.set(power="root")
        panel.set(power="square")
        assert asked == ["square", "root"]

    def test_the_badge_stands_in_the_corner(self):
        with_badge = picture(toy(badge="simulated").picture_at(720, 1))
        other = picture(toy(badge="paper").picture_at(720, 1))
        rows, columns = np.nonzero(with_badge != other)
        assert rows.min() > 295
        assert columns.min() > 500


class TestHand:
    def test_a_handle_moves_its_control_in_the_sliders_steps(self):
        panel = seen(toy())
        panel._hear({"do": "handle", "name": "x", "value": 4.13, "number": "1"})
        assert panel.values["x"] == 4.0
        assert panel.finding == "At 4.0 it is 16.0."

    def test_its_view_is_answered_even_where_something_stopped_the_kernel(self, monkeypatch):
        panel, said = seen(toy()), []
        monkeypatch.setattr(type(panel.picture), "send", lambda _, message: said.append(message))

        def stopped(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(panel, "_on_handle", stopped)
        with pytest.raises(KeyboardInterrupt):
            panel._hear({"do": "handle", "name": "x", "value": 4.0, "number": "1"})
        assert said == [{"answered": "1"}]

    def test_its_path_lies_where_the_curve_is_drawn(self):
        panel = seen(toy())
        (handle,) = panel.picture.shown["handles"]
        assert (handle["name"], handle["value"]) == ("x", 1.0)
        x, y, value = handle["path"][10]
        assert value == 5.0
        assert x == pytest.approx((50 + 620 * 0.5) / 680, abs=1e-3)
        assert y == pytest.approx((60 + 250 * 0.25) / 320, abs=1e-3)

    def test_a_mark_is_a_click(self):
        panel = seen(toy())
        marks = panel.picture.shown["marks"]
        assert [mark["label"] for mark in marks] == ["Go to 0", "Go to 9"]
        panel._hear({"do": "mark", "mark": marks[1]["mark"], "value": marks[1]["value"]})
        assert panel.values["x"] == 9.0

    def test_a_handle_whose_control_is_off_is_not_there(self):
        panel = seen(toy(off={"x": lambda values: "few"}, controls=[
            *controls("power", "dots"), parts.slider("x", 0, 10, 0.5, start=1)]))  # fmt: skip
        assert panel.picture.shown["handles"] == []

    @pytest.fixture(autouse=True)
    def _reason(self, monkeypatch):
        monkeypatch.setitem(parts.TOY["controls"]["x"], "off", {"few": "Not now."})


class TestGuess:
    def at_guess(self):
        panel = seen(toy())
        panel.go("guessed")
        return panel

    def test_while_it_is_open_the_truth_is_hidden_and_all_else_is_off(self):
        panel = self.at_guess()
        shown = panel.picture.shown
        assert shown["guess"]["open"]
        assert shown["finding"] == "What is the square?"
        assert shown["numbers"] == []
        assert shown["alternative"] == "A square. What is the square?"
        assert shown["handles"] == shown["marks"] == []
        assert shown["here"][4] == "20.0"
        assert all(part.disabled for control in panel.controls.values() for part in control._inputs)
        panel._hear({"do": "move", "by": 1})
        panel._hear({"do": "handle", "name": "x", "value": 8})
        assert (panel.step, panel.values["x"]) == ("guessed", 3.0)
        assert panel.guess.truth == 9.0

    def test_the_first_guess_stands_and_is_drawn_beside_the_truth(self):
        panel = self.at_guess()
        open_picture = panel.picture.shown["png"]
        panel._hear({"do": "lock", "value": 20.0})
        panel.guess.lock(9.0)
        assert panel.guess.value == 20.0
        assert panel.finding == "At 3.0 it is 9.0."
        assert panel.picture.shown["guess"] == {"open": False, "stands": "Your first guess, 20.0, stands."}
        assert "Your first guess, 20.0, stands." in panel.alternative_text
        locked_picture = panel.picture.shown["png"]
        assert locked_picture != open_picture
        panel.go("small")
        assert panel.picture.shown["guess"]["stands"] == ""
        panel.go("guessed")
        assert not panel.guess.open
        assert panel.picture.shown["png"] == locked_picture
        panel.set(x=5)  # the mark belongs to the step
        without = seen(toy())
        without.go("guessed")
        without.guess.skip()
        without.set(x=5)
        assert panel.picture.shown["png"] == without.picture.shown["png"]

    def test_skip_shows_the_truth_and_no_guess(self):
        panel = self.at_guess()
        panel._hear({"do": "skip"})
        assert (panel.guess.open, panel.guess.locked, panel.guess.skipped) == (False, False, True)
        assert panel.finding == "At 3.0 it is 9.0."
        panel.go("guessed")
        assert not panel.guess.open

    def test_others_hear_of_it(self):
        panel, heard = self.at_guess(), []
        panel.guess.observe(lambda guess: heard.append((guess.value, guess.truth)))
        panel.guess.lock(12)
        assert heard == [(12.0, 9.0)]


class Gate:
    """Slow work whose pieces come when the test says so."""

    def __init__(self, of=3):
        self.of, self.go_on, self.stopped = of, threading.Semaphore(0), threading.Event()

    def __call__(self, values):
        try:
            for done in range(1, self.of + 1):
                assert self.go_on.acquire(timeout=60)
                yield Partial(Found(float(done) * (1 if values.power == "square" else 10)), done, self.of)
        finally:
            self.stopped.set()


def slow(gate, **changed):
    return seen(toy(compute=gate, steps=[Step("small")], guess=None,
                    layers=[Layer(parts.draw_curve)], **changed))  # fmt: skip


class TestTheFirstOfAPage:
    @pytest.fixture
    def first(self, monkeypatch):
        monkeypatch.setattr(frame, "is_first_in_kernel", lambda: True)
        return toy()

    def test_it_is_drawn_before_it_is_asked(self, first):
        shown = first.picture.shown
        assert (shown["early"], shown["width"]) == (True, frame.EARLY_WIDTH)
        assert picture(shown["png"]).shape[1] == frame.EARLY_WIDTH

    @pytest.mark.parametrize("width", [frame.EARLY_WIDTH, 400])
    def test_a_view_is_answered_as_ever(self, first, width):
        early, asked = first.picture.shown, seen(first, width).picture.shown
        assert "early" not in asked
        assert asked == seen(toy(), width).picture.shown
        assert (asked["png"] == early["png"]) == (width == frame.EARLY_WIDTH)

    def test_it_goes_when_something_changes_before_anybody_looks(self, first):
        first.set(x=7)
        assert first.picture.shown == {}

    def test_all_others_wait_to_be_asked(self):
        assert toy().picture.shown == {}
        assert not frame.is_first_in_kernel(), "no notebook's kernel"


class TestSlowWork:
    def shown_until(self, panel, wanted):
        """Wait for what the view is told, as a browser would."""
        heard = threading.Event()
        panel.picture.observe(lambda change: heard.set() if wanted(change["new"]) else None, "shown")
        if wanted(panel.picture.shown):
            return
        assert heard.wait(60)

    def test_it_refines(self):
        gate = Gate()
        panel = slow(gate)
        assert panel.picture.shown["working"] == "Working …"
        gate.go_on.release()
        self.shown_until(panel, lambda shown: shown["working"] == "1 of 3 so far")
        assert panel.found == Found(1.0)
        assert panel.finding == "At 1.0 it is 1.0."
        first = panel.picture.shown["png"]
        gate.go_on.release(2)
        assert panel.wait(60)
        assert panel.found == Found(3.0)
        self.shown_until(panel, lambda shown: shown["working"] == "")
        assert panel.picture.shown["png"] != first

    def test_the_newest_request_wins(self):
        gate = Gate()
        panel = slow(gate)
        panel.set(power="root")
        gate.go_on.release(10)
        assert panel.wait(60)
        assert panel.found == Found(30.0)

    def test_a_change_that_it_does_not_need_leaves_it_at_work(self):
        gate = Gate()
        panel = slow(gate)
        panel.set(x=2)
        gate.go_on.release(3)
        assert panel.wait(60)
        assert panel.found == Found(3.0)
        assert gate.go_on.acquire(blocking=False) is False  # three pieces were asked for, no more

    def test_stop_stops_at_once_and_keeps_what_there_is(self):
        gate = Gate()
        panel = slow(gate)
        gate.go_on.release()
        self.shown_until(panel, lambda shown: shown["working"] == "1 of 3 so far")
        panel._hear({"do": "stop"})
        assert panel.wait(0)
        assert panel.picture.shown["working"] == ""
        gate.go_on.release(5)
        assert gate.stopped.wait(60)
        assert panel.found == Found(1.0)

    def test_pieces_that_come_fast_are_shown_now_and_then(self, monkeypatch):
        monkeypatch.setattr(frame, "SHOWN_EVERY", 60)
        gate, said = Gate(of=9), []
        gate.go_on.release(9)
        panel = toy(compute=gate, steps=[Step("small")], guess=None, layers=[Layer(parts.draw_curve)])
        panel.picture.observe(lambda change: said.append(change["new"]["working"]), "shown")
        assert seen(panel).wait(60)
        assert said[-1] == ""
        assert [text for text in said if "so far" in text] == ["1 of 9 so far"]

    def test_out_of_sight_it_rests_after_its_first_picture(self):
        gate = Gate()
        panel = toy(compute=gate, steps=[Step("small")], guess=None, layers=[Layer(parts.draw_curve)])
        panel._hear({"do": "width", "width": 640, "sharpness": 1, "seen": False})
        gate.go_on.release(10)
        self.shown_until(panel, lambda shown: shown["working"] == "1 of 3 so far")
        panel._hear({"do": "width", "width": 400, "sharpness": 1, "seen": False})
        assert (panel.found, panel.picture.shown["working"]) == (Found(1.0), "1 of 3 so far")
        panel._hear({"do": "seen"})
        self.shown_until(panel, lambda shown: shown["working"] == "")
        assert panel.found == Found(3.0)

    def test_who_waits_is_given_the_whole_of_what_rested(self):
        gate = Gate()
        panel = toy(compute=gate, steps=[Step("small")], guess=None, layers=[Layer(parts.draw_curve)])
        panel._hear({"do": "width", "width": 640, "sharpness": 1, "seen": False})
        gate.go_on.release(10)
        assert panel.wait(60)
        assert panel.found == Found(3.0)

    def test_a_refusal_in_it_is_shown(self):
        def refuse(values):
            yield Partial(Found(1.0), 1, 2)
            raise al.TrialDataError("Too few deaths.")

        panel = slow(refuse)
        assert panel.wait(60)
        self.shown_until(panel, lambda shown: shown["refused"])
        assert panel.finding == "Too few deaths."

    def test_without_threads_and_without_a_loop_it_goes_to_the_end(self, no_threads):
        panel = slow(parts.compute_slowly)
        assert panel.wait(0)
        assert panel.found == Found(2.0)

    def test_without_threads_the_loop_takes_its_turns_in_between(self, no_threads, monkeypatch):
        monkeypatch.setattr(frame, "SHOWN_EVERY", 0)

        async def look():
            panel = slow(parts.compute_slowly)
            said = [panel.picture.shown["working"]]
            panel.picture.observe(lambda change: said.append(change["new"]["working"]), "shown")
            while not panel.wait(0):
                await asyncio.sleep(0)
            return said

        assert asyncio.run(look()) == ["Working …", "1 of 4 so far", "2 of 4 so far", "3 of 4 so far", ""]


def test_pieces_that_end_early_end_with_the_last():
    heard = []
    work = Refining(threading.RLock())
    work.start(iter_pieces(2, of=5), lambda piece, last: heard.append((piece.done, last)))
    assert work.wait(60)
    assert heard == [(1, False), (2, False), (2, True)]


def test_quick_requests_share_one_worker_and_the_newest_is_shown():
    work, heard, workers = Refining(threading.RLock()), [], set()
    go = threading.Event()

    def pieces(request):
        workers.add(threading.get_ident())
        assert go.wait(60)
        yield Partial(request, 1, 1)

    for request in range(20):
        work.start(pieces(request), lambda piece, last: heard.append(piece.found))
    go.set()
    assert work.wait(60)
    assert heard == [19]
    assert len(workers) == 1


def iter_pieces(number, of):
    for done in range(1, number + 1):
        yield Partial(done, done, of)


def test_a_still_and_all_that_is_said():
    panel = toy()
    assert panel.sentence == "At 1.0 it is 1.0. Its slope is 2.0."
    assert panel.background is None
    assert 'src="data:image/png;base64,' in panel.view.value
    before = panel.view.value
    panel.set(x=5)
    assert panel.view.value != before
    assert "At 5.0 it is 25.0." in panel.view.value


def test_panels_know_nothing_of_exercises():
    from pathlib import Path

    for name in ("panel", "picture", "settings", "refining"):
        text = Path(al.__file__).with_name("panels").joinpath(f"{name}.py").read_text()
        assert "exercises" not in text
    assert Mark


def test_a_slider_is_put_where_a_browser_would_put_it():
    # As noUiSlider counts, in percent of the range (tried in Chromium): nothing is sent back.
    stood = browser_stand(0.2, 1, 0.005, False, 0.205)
    assert stood != 0.205
    assert abs(stood - 0.205) < 1e-12
    assert browser_stand(0, 90, 20, True, 47) == 40
    assert browser_stand(0, 90, 20, True, 90) == 90
    assert browser_stand(0, 1, 0.2, False, 0.73) == 0.8


def test_text_in_a_still_is_escaped():
    page = picture_html(b"png", 'p < 0.001 & "so"', 10, 10)
    assert page.count("p &lt; 0.001 &amp; &quot;so&quot;") == 2
