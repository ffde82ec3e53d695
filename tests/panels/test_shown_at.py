"""What the book asks of a panel: all that a view shows, without one, and the control that it turns into a slider."""

import alsteach as al


def test_what_a_view_shows_is_told_without_one_and_alike_when_drawn_upon():
    panel = al.paradox_panel().go("both")
    panel.set(hr=0.5)
    panel.shown_at(360, 1.0)
    panel.set(hr=0.9)
    shown = panel.shown_at(360, 1.0)
    assert shown["png"] == panel.picture_at(360, 1.0)
    assert (shown["width"], shown["refused"]) == (360, False)
    assert (shown["finding"], shown["alternative"]) == (panel.finding, panel.alternative_text)
    assert shown["step"]["index"] == panel.steps.index("both")


def test_an_open_guess_tells_where_it_may_lie_and_hides_the_truth():
    panel = al.paradox_panel().go("guess")
    shown = panel.shown_at(760)
    assert len(shown["path"]) == len(shown["here"]) > 50
    assert shown["numbers"] == []
    panel.guess.skip()
    assert "path" not in panel.shown_at(760)


def test_the_main_control_has_a_handle_or_slides_or_is_a_choice_and_has_an_effect_now():
    paradox = al.paradox_panel()
    assert paradox.go("placebo").main_control is None  # the ratio of the arms has no effect yet
    assert paradox.go("ratio").main_control == "hr"
    assert al.beam_panel().main_control == "last"
    dosing = al.dosing_panel()
    assert [dosing.go(step).main_control for step in ("five", "people")] == ["dose", "view"]
    assert al.better_test_panel().main_control == "arms"
