"""The panel contract: one state a control, one drawing a change, presets, refusals in words, work that stops."""

from __future__ import annotations

import base64
import re
import threading

import pytest

import alsteach as al
from alsteach import style
from alsteach.panels.background import Background, Stopped
from alsteach.panels.controls import choice, slider, tick, ticks
from alsteach.panels.core import Panel, Picture, picture_html


def counting_panel(**options):
    """A panel that counts its drawings and shows its values in words."""
    drawn = []

    def show(values, picture):
        if not hasattr(picture.memory, "axes"):
            picture.memory.axes = picture.figure.add_subplot(xlim=(0, 10), ylim=(0, 1))
        with picture.redrawing(picture.memory.axes):
            picture.memory.axes.plot(values.at, 0.5, "o", color="black")
        drawn.append(dict(vars(values)))
        if values.at == 7:
            raise al.TrialDataError("Seven has no picture; choose another number.")
        return f"at {values.at}, {values.kind}"

    controls = {"at": slider("At", 0, 10, 1, 3, "days"), "kind": choice("Kind", ["a", "b"])}
    return Panel("Counting", controls, show, {"Two": {"at": 2, "kind": "b"}}, **options), drawn


def png_of(panel) -> bytes:
    return base64.b64decode(re.search(r'base64,([^"]+)"', panel.view.value).group(1))


class TestPages:
    def test_each_page_keeps_its_figure_and_memory_and_the_last_few_stay(self):
        picture = Picture(100, 80)
        assert picture.turn_to("a")
        picture.memory.axes = picture.figure.add_subplot()
        drawn = picture.png()
        first = picture.figure
        assert picture.turn_to("b")
        assert picture.figure is not first
        assert picture.png() != drawn
        assert not picture.turn_to("a")
        assert (picture.figure, picture.png()) == (first, drawn)
        for page in "bcdef":
            picture.turn_to(page)
        assert picture.turn_to("a"), "forgotten: it was the one not seen for longest"

    def test_a_refusal_empties_its_page_only(self):
        picture = Picture(100, 80)
        for page in "ab":
            picture.turn_to(page)
            picture.memory.page = page
        picture.clear()
        assert picture.turn_to("b")
        assert not picture.turn_to("a")


class TestPanel:
    def test_one_change_draws_once_though_slider_and_box_both_move(self):
        panel, drawn = counting_panel()
        at = panel.controls["at"]
        assert len(drawn) == 1
        at._slider.value = 5
        assert (at.value, at._box.value, len(drawn)) == (5, 5, 2)
        at._box.value = 6
        assert (at.value, at._slider.value, len(drawn)) == (6, 6, 3)

    def test_a_preset_sets_several_controls_and_draws_once(self):
        panel, drawn = counting_panel()
        button = next(b for b in all_widgets(panel) if getattr(b, "description", "") == "Two")
        button.click()
        assert panel.values == {"at": 2, "kind": "b"}
        assert len(drawn) == 2
        assert panel.sentence == "at 2, b"

    def test_reset_goes_back_to_the_start(self):
        panel, _ = counting_panel()
        panel.set(at=9, kind="b")
        panel.reset()
        assert panel.values == {"at": 3, "kind": "a"}

    def test_a_refusal_becomes_the_sentence_and_the_panel_lives_on(self):
        panel, _ = counting_panel()
        panel.set(at=7)
        assert panel.sentence == "Seven has no picture; choose another number."
        assert len(png_of(panel)) > 1000
        panel.set(at=8)
        assert panel.sentence == "at 8, a"

    def test_picture_and_alternative_text_change_in_one_message(self):
        panel, _ = counting_panel()
        messages = []
        panel.view.observe(lambda change: messages.append(change["new"]), "value")
        panel.set(at=4)
        assert len(messages) == 1
        assert 'alt="at 4, a"' in messages[0]
        assert 'width="760" height="430"' in messages[0]

    def test_the_longest_sentence_keeps_its_room_and_is_neither_read_nor_shown(self):
        panel, _ = counting_panel()
        panel.set(at=7)
        longest = panel.sentence
        panel.set(at=8)
        assert f'data-longest="{longest}"' in panel.view.value
        assert panel.view.value.count(longest) == 1
        assert "<span>at 8, a</span></figcaption>" in panel.view.value

    def test_the_picture_shows_the_new_state_only(self):
        panel, _ = counting_panel()
        panel.set(at=9)
        moved = png_of(panel)
        panel.set(at=1)
        panel.set(at=9)
        assert png_of(panel) == moved
        fresh, _ = counting_panel()
        fresh.set(at=9)
        assert png_of(fresh) == moved

    def test_values_outside_a_slider_end_at_its_ends(self):
        panel, _ = counting_panel()
        panel.set(at=99)
        assert panel.values["at"] == 10

    def test_an_unknown_control_is_named(self):
        panel, _ = counting_panel()
        with pytest.raises(al.TrialDataError, match="no control 'att'; it has: at, kind"):
            panel.set(att=3)

    def test_nothing_grows_with_use(self):
        panel, _ = counting_panel()
        axes = panel.picture.memory.axes
        panel.set(at=1)
        artists = len(axes.get_children())
        for at in (2, 3, 4, 5, 6):
            panel.set(at=at)
        assert len(axes.get_children()) == artists

    def test_every_control_has_a_visible_label(self):
        panel, _ = counting_panel()
        shown = {getattr(widget, "description", "") for widget in all_widgets(panel)}
        assert {"At", "Kind", "Two", "Reset"} <= shown


def all_widgets(box):
    yield box
    for child in getattr(box, "children", ()):
        yield from all_widgets(child)


class TestControls:
    def test_ticks_keep_their_order_and_call_back_once(self):
        control = ticks("Which", {"one": 1, "two": 2, "three": 3}, [2])
        calls = []
        control.observe(lambda: calls.append(control.value))
        control._boxes[1].value = True
        assert control.value == (1, 2)
        control.value = (3, 1)
        assert [box.value for box in control._boxes.values()] == [True, False, True]
        assert calls == [(1, 2), (1, 3)]

    def test_extremes_are_the_ends_and_the_start(self):
        assert list(slider("s", -1, 1, 0.1, 0.2).extremes) == [-1, 1, 0.2]
        assert tick("t").extremes == [False, True]
        assert choice("c", {"x": 1, "y": 2}).extremes == [1, 2]
        assert list(ticks("k", ["a", "b"], ["a"]).extremes) == [(), ("a", "b"), ("a",)]

    def test_a_value_between_two_steps_is_kept_while_the_slider_stands_on_the_nearer(self):
        # Put between two steps, a browser's slider sends the nearer one back, and the preset would not hold.
        control = slider("s", 0, 90, 20, 0)
        control.value = 47
        assert (control.value, control._slider.value, control._box.value) == (47, 40, 47)
        control._slider.value = 60
        assert (control.value, control._box.value) == (60, 60)
        control.value = 90
        assert control._slider.value == 90
        control = slider("s", 0, 1, 0.2, 0)
        control._box.value = 0.73
        assert (control.value, control._slider.value) == (0.73, 0.8)

    def test_a_slider_is_put_where_a_browser_would_put_it(self):
        # As noUiSlider computes 0.455 between 0.2 and 1 in steps of 0.005 (tried in Chromium): nothing is sent back.
        control = slider("s", 0.2, 1, 0.005, 0.455)
        assert control.value == 0.455
        assert abs(control._slider.value - 0.455) < 1e-12
        stood = control._slider.value
        control._slider.value = 1.0
        control.value = 0.455
        assert control._slider.value == stood

    def test_whole_numbers_stay_whole(self):
        assert isinstance(slider("s", 0, 10, 1, 3).value, int)
        assert isinstance(slider("s", 0, 1, 0.1, 0).value, float)


def test_text_in_a_sentence_is_escaped():
    page = picture_html(b"png", 'p < 0.001 & "so"', 10, 10)
    assert "p &lt; 0.001 &amp; &quot;so&quot;" in page
    assert 'alt="p &lt; 0.001 &amp; &quot;so&quot;"' in page


class TestBackground:
    def test_the_place_holder_leaves_nothing_in_the_first_picture(self):
        def show(values, picture, *result):
            if not hasattr(picture.memory, "axes"):
                picture.memory.axes = picture.figure.add_subplot(xlim=(0, 10), ylim=(0, 1))
            with picture.redrawing(picture.memory.axes):
                picture.memory.axes.plot(values.at, 0.5, "o", color="black")
            return "drawn"

        def controls():
            return {"at": slider("At", 0, 10, 1, 3)}

        at_once = Panel("Same", controls(), show)
        later = Panel("Same", controls(), show, compute=lambda values, job: None)
        assert later.wait(5)
        assert png_of(later) == png_of(at_once)

    def slow_panel(self):
        """A panel whose computation waits until the test lets it go on."""
        gates = {n: threading.Event() for n in range(5)}
        started = {n: threading.Event() for n in range(5)}
        stopped = {n: threading.Event() for n in range(5)}

        def compute(values, job):
            started[values.n].set()
            try:
                while not gates[values.n].wait(0.01):
                    job.report(0.5)
            except Stopped:
                stopped[values.n].set()
                raise
            if values.n == 4:
                raise al.TrialDataError("Four cannot be computed.")
            return values.n * 10

        def show(values, picture, result):
            return f"{values.n} gave {result}{values.mark}"

        controls = {"n": slider("n", 0, 4, 1, 0), "mark": choice("mark", ["", "!"])}
        panel = Panel("Slow", controls, show, compute=compute, key=lambda values: values.n)
        return panel, gates, started, stopped

    def test_the_newest_request_wins_and_older_work_is_told_to_stop(self):
        panel, gates, started, stopped = self.slow_panel()
        assert started[0].wait(5)
        panel.set(n=1)
        assert started[1].wait(5)
        panel.set(n=2)
        assert stopped[0].wait(5)
        assert stopped[1].wait(5)
        gates[2].set()
        assert panel.wait(5)
        assert panel.sentence == "2 gave 20"

    def test_a_change_that_needs_no_new_result_draws_at_once(self):
        panel, gates, _, _ = self.slow_panel()
        gates[0].set()
        assert panel.wait(5)
        panel.set(mark="!")
        assert panel.sentence == "0 gave 0!"

    def test_a_change_of_looks_lets_the_work_under_way_go_on(self):
        panel, gates, started, stopped = self.slow_panel()
        assert started[0].wait(5)
        started[0].clear()
        panel.set(mark="!")
        gates[0].set()
        assert panel.wait(5)
        assert panel.sentence == "0 gave 0!"
        assert not stopped[0].is_set()
        assert not started[0].is_set(), "computed a second time"

    def test_stop_stops_and_the_last_picture_stays(self):
        panel, gates, started, stopped = self.slow_panel()
        gates[0].set()
        assert panel.wait(5)
        panel.set(n=3)
        assert started[3].wait(5)
        panel.background.stop_button.click()
        assert panel.wait(0)
        assert stopped[3].wait(5)
        assert panel.sentence == "0 gave 0"
        assert panel.background.note.value.startswith("Stopped")

    def test_a_refusal_in_the_background_becomes_the_sentence(self):
        panel, gates, _, _ = self.slow_panel()
        gates[0].set()
        panel.wait(5)
        gates[4].set()
        panel.set(n=4)
        assert panel.wait(5)
        assert panel.sentence == "Four cannot be computed."

    def test_two_threads_never_draw_at_once_and_the_defaults_come_back(self):
        import matplotlib

        plain, entered, looks = matplotlib.rcParams["axes.titlelocation"], threading.Event(), []

        def draw():
            with style.drawing():
                entered.set()
                looks.append(matplotlib.rcParams["axes.titlelocation"])

        other = threading.Thread(target=draw)
        with style.drawing():
            other.start()
            assert not entered.wait(0.1)
        other.join(5)
        assert looks == ["left"]
        assert matplotlib.rcParams["axes.titlelocation"] == plain == "center"

    def test_who_waits_is_not_let_go_while_a_result_is_handed_over(self):
        background, handed = Background(), []

        def done(result):
            background.cancel()
            handed.append(background.wait(0))

        background.start(lambda job: 1, done)
        assert background.wait(5)
        assert handed == [False]

    def test_work_that_a_result_starts_is_waited_for(self):
        background, seen = Background(), []
        background.start(lambda job: 1, lambda one: background.start(lambda job: one + 1, seen.append))
        assert background.wait(5)
        assert seen == [2]

    def test_threads_are_daemons_so_that_a_kernel_can_stop(self):
        seen = []
        background = Background()
        background.start(lambda job: threading.current_thread().daemon, seen.append)
        assert background.wait(5)
        assert seen == [True]
