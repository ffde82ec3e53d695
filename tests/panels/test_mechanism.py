"""Panels of notebook 02: what they say at every control's ends, in their presets, and where they refuse."""

from __future__ import annotations

import base64
import html
import itertools
import re

import numpy as np
import pytest

import alsteach as al
from alsteach import mechanism
from alsteach.panels import mechanism as panels
from alsteach.panels import surrogate as surrogate_panels


def png_of(panel) -> bytes:
    return base64.b64decode(re.search(r'base64,([^"]+)"', panel.view.value).group(1))


def numbers(pattern: str, text: str) -> list[float]:
    found = re.search(pattern, text)
    assert found, (pattern, text)
    return [float(group.replace(",", "").replace("−", "-")) for group in found.groups()]


def drawn_texts(panel) -> str:
    figure = panel.picture.figure
    return " | ".join(text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text")))


def every_corner(panel, but=("compare", "published", "seed")):
    """Set each combination of the controls' extremes in turn; some are tested apart."""
    names = [name for name in panel.controls if name not in but]
    for corner in itertools.product(*(panel.controls[name].extremes for name in names)):
        panel.set(**dict(zip(names, corner, strict=True)))
        yield dict(zip(names, corner, strict=True))


@pytest.fixture(
    params=["il2_pathway_panel", "receptor_panel", "dosing_panel", "treg_course_panel", "surrogate_panel"]
)
def any_panel(request):
    return getattr(al, request.param)()


def test_every_corner_gives_a_picture_and_a_sentence(any_panel):
    seen = 0
    for corner in every_corner(any_panel):
        seen += 1
        assert len(any_panel.sentence) > 40, corner
        assert any_panel.sentence[-1] in ".?", corner
        assert not re.search(r"\bnan\b|\binf\b|None|\bTrue\b|\bFalse\b", any_panel.sentence), corner
        assert png_of(any_panel).startswith(b"\x89PNG"), corner
        assert html.escape(any_panel.sentence, quote=True) in any_panel.view.value, corner
    assert seen >= 6


def test_presets_and_reset(any_panel):
    start = any_panel.sentence
    said = set()
    for values in any_panel.presets.values():
        any_panel.set(**values)
        assert {name: any_panel.values[name] for name in values} == values
        said.add(any_panel.sentence)
    assert len(said) >= len(any_panel.presets) - 1  # one preset may be the start of another
    any_panel.reset()
    assert any_panel.sentence == start


def test_pictures_are_small_and_say_what_they_are(any_panel):
    for values in any_panel.presets.values():
        any_panel.set(**values)
        assert len(png_of(any_panel)) < 55_000
    texts = drawn_texts(any_panel)
    if any_panel.title.startswith("From IL-2"):
        assert "seen in mice or cell culture" in texts
    else:
        assert re.search("Model, not a patient|not patients", texts)


def test_text_is_large_enough_to_read(any_panel):
    sizes = {
        text.get_fontsize()
        for text in any_panel.picture.figure.findobj(lambda a: hasattr(a, "get_fontsize"))
        if text.get_text() and text.get_visible()
    }
    assert min(sizes) >= 9


class TestPathway:
    @pytest.fixture(scope="class")
    def panel(self):
        return al.il2_pathway_panel()

    def test_every_link_has_its_words_and_its_evidence(self, panel):
        for step, words in (
            (1, "seen in patients"),
            (2, "CD56-bright"),
            (3, "seen in mice and cell culture"),
            (4, "seen in mice and cell culture"),
            (5, "not shown"),
            (6, "seen in mice"),
            (7, "the one that matters"),
        ):
            panel.set(step=step)
            assert panel.sentence.startswith(f"Link {step}")
            assert words in panel.sentence

    def test_words_and_lines_agree(self, panel):
        from alsteach.plots.pathway import EVIDENCE, LINKS

        for step, (*_, evidence, _) in LINKS.items():
            panel.set(step=step)
            assert {"people": "seen in patients", "animals": "seen in mice", "open": ""}[
                evidence
            ] in panel.sentence
        assert len({str(line) for _, line in EVIDENCE.values()}) == 3, "told apart without colour"

    def test_the_chosen_link_stands_out(self, panel):
        pictures = set()
        for step in range(8):
            panel.set(step=step)
            pictures.add(png_of(panel))
            filled = [t for t in panel.picture.memory.axes.texts if t.get_color() == "white"]
            assert [t.get_text() for t in filled] == ([str(step)] if step else [])
        assert len(pictures) == 8

    def test_plot_alone(self):
        ax = al.plot_il2_pathway(step=3)
        words = [text.get_text() for text in ax.texts]
        for part in (
            "IL-2",
            "Treg",
            "microglia",
            "motor\nneuron",
            "CCL2",
            "a longer life?",
            "CD25/CD122/CD132",
        ):
            assert part in words


class TestReceptors:
    @pytest.fixture(scope="class")
    def panel(self):
        return al.receptor_panel()

    @pytest.mark.parametrize("dose", [0.25, 1, 2, 10, 42])
    def test_it_says_what_the_model_gives(self, panel, dose):
        panel.reset()
        panel.set(dose_miu=dose)
        day = mechanism.day_after_injection(dose)
        peak = day.loc[day["il2_pmol_l"].idxmax()]
        said = numbers(
            r"near (\d+) pmol/L. Then (\d+) % of the trimeric .* and ([\d.]+) % of the dim", panel.sentence
        )
        assert said == pytest.approx(
            [peak.il2_pmol_l, peak.trimeric_occupied_percent, peak.dimeric_occupied_percent], abs=0.51
        )
        (hours,) = numbers(r"spends ([\d.]+) of 24 hours", panel.sentence)
        low, high = mechanism.selective_window()
        assert hours == pytest.approx(24 * day["il2_pmol_l"].between(low, high).iloc[1:].mean(), abs=0.051)

    def test_the_trials_dose_is_in_the_window(self, panel):
        panel.set(**panel.presets["The trials' dose"])
        assert panel.values["dose_miu"] == al.published("mirocals_dose_miu").estimate
        (hours,) = numbers(r"spends ([\d.]+) of 24 hours in it\. ", panel.sentence)
        assert hours > 4
        assert "about 10 times as sensitive" in panel.sentence
        assert "not 76 times" in panel.sentence

    def test_low_is_not_the_lowest(self, panel):
        panel.set(**panel.presets["The lowest"])
        assert "0.0 of 24 hours" in panel.sentence
        assert panel.sentence.endswith("Low does not mean the lowest.")

    def test_more_is_not_better_aimed(self, panel):
        panel.set(**panel.presets["As much as for cancer"])
        assert (
            panel.values["dose_miu"]
            == al.published("il2_high_dose_miu_per_kg").estimate * panels.KILOGRAMS
            == 42
        )
        inside, above = numbers(r"spends ([\d.]+) of 24 hours in it and ([\d.]+) above", panel.sentence)
        assert above > inside > 0
        assert panel.sentence.endswith("More is not better aimed.")

    def test_the_window_hangs_on_a_measurement(self, panel):
        panel.set(**panel.presets["Another laboratory"])
        assert "there is no window" in panel.sentence
        assert "window" not in [t.get_text() for t in panel.picture.memory.axes[0].texts]
        panel.reset()
        assert "from 25 to 211 pmol/L" in panel.sentence

    def test_nothing_injected(self, panel):
        panel.reset()
        panel.set(dose_miu=0)
        assert panel.sentence.startswith("Without an injection")


class TestDosing:
    @pytest.fixture(scope="class")
    def panel(self):
        return al.dosing_panel()

    @pytest.mark.parametrize(
        "name", ["IMODALS 1 MIU", "IMODALS 2 MIU", "MIROCALS", "Every day", "As much as for cancer"]
    )
    def test_it_says_what_the_model_gives(self, panel, name):
        panel.reset()
        panel.set(**panel.presets[name])
        values = panel.values
        course = al.simulate_treg(
            values["dose_miu"], values["days_on"], values["cycle_days"], values["n_cycles"]
        )
        injections, start, top, left, days, effector, ccl2 = numbers(
            r": (\d+) injections. Treg rise from ([\d.]+) to ([\d.]+) % .* stand at ([\d.]+) % (\d+) days after "
            r".*cells reach (\d+) % of baseline; CCL2 goes to (\d+) %",
            panel.sentence,
        )
        assert injections == values["days_on"] * values["n_cycles"]
        assert days == values["cycle_days"]
        assert start == pytest.approx(course["treg_percent"].iloc[0], abs=0.051)
        assert top == pytest.approx(course["treg_percent"].max(), abs=0.06)
        assert left == pytest.approx(course.set_index("time_days").loc[days, "treg_percent"], abs=0.06)
        assert effector == pytest.approx(course["teff_percent_of_baseline"].max(), abs=0.51)
        assert ccl2 == pytest.approx(course["ccl2_percent_of_baseline"].min(), abs=0.51)
        assert panel.sentence.endswith("none of it is a longer life.")

    def test_presets_are_the_trials(self, panel):
        assert panel.presets["MIROCALS"] == {"dose_miu": 2, "days_on": 5, "cycle_days": 28, "n_cycles": 20}
        assert panel.presets["IMODALS 1 MIU"] == {
            "dose_miu": 1,
            "days_on": 5,
            "cycle_days": 28,
            "n_cycles": 3,
        }
        assert panel.presets["Every day"]["days_on"] == panel.presets["Every day"]["cycle_days"] == 28

    def test_more_is_not_better(self, panel):
        panel.reset()
        panel.set(**panel.presets["As much as for cancer"])
        (top,) = numbers(r"(\d+) % at its highest", panel.sentence)
        assert top > 110
        assert "Treg are higher than ever, and yet inflammation rises" in panel.sentence

    def test_low_is_not_the_lowest(self, panel):
        panel.reset()
        panel.set(dose_miu=0.25)
        assert "low does not mean the lowest" in panel.sentence

    def test_daily_injections_wane(self, panel):
        panel.reset()
        panel.set(**panel.presets["Every day"])
        assert "2 MIU every day" in panel.sentence
        assert "IL-2 peaks shrink" in panel.sentence

    def test_no_dose(self, panel):
        panel.reset()
        panel.set(dose_miu=0)
        assert panel.sentence.endswith("Without IL-2 nothing moves.")

    @pytest.mark.parametrize(("dose", "figure"), [(1, "+3.9 points (SD 1.2)"), (2, "+6.2 points (SD 2.2)")])
    def test_reported_rises_are_called_unverified(self, panel, dose, figure):
        panel.reset()
        panel.set(dose_miu=dose, published=True)
        assert f"IMODALS reported {figure} (unverified)" in panel.sentence
        (model,) = numbers(r"gives ([+−][\d.]+) on day 7", panel.sentence)
        course = al.simulate_treg(dose).set_index("time_days")["treg_percent"]
        assert model == pytest.approx(course[7] - course[0], abs=0.051)
        square = [
            line for line in panel.picture.memory.axes["treg_percent"].lines if line.get_marker() == "s"
        ]
        assert len(square) == 1
        mean = al.published(f"imodals_treg_change_{dose}miu_points").estimate
        assert square[0].get_ydata()[0] == pytest.approx(course[0] + mean)

    def test_a_regimen_nobody_tried_has_no_square(self, panel):
        panel.reset()
        panel.set(dose_miu=3, published=True)
        assert "IMODALS did not try this regimen." in panel.sentence
        assert not [
            line for line in panel.picture.memory.axes["treg_percent"].lines if line.get_marker() == "s"
        ]

    def test_what_does_not_fit_is_explained_and_the_picture_comes_back(self, panel):
        panel.reset()
        panel.set(days_on=28, cycle_days=7)
        assert panel.sentence.startswith("28 days of injections do not fit into a cycle of 7 days")
        panel.set(days_on=20, cycle_days=28, n_cycles=20)
        assert panel.sentence.startswith("That would be 400 injections; this panel follows at most 200.")
        panel.reset()
        assert panel.sentence.startswith("2 MIU on 5 days of every 28")
        assert "Treg (% of CD4+ cells)" in drawn_texts(panel)

    def test_the_axes_keep_still_while_the_course_fits(self, panel):
        panel.reset()
        before = panel.picture.memory.axes["treg_percent"]
        for change in ({"dose_miu": 10}, {"n_cycles": 2}, {"days_on": 9}):
            panel.set(**change)
            assert panel.picture.memory.axes["treg_percent"] is before
        panel.set(n_cycles=6)
        assert panel.picture.memory.axes["treg_percent"].get_xlim() == (0, 168)

    def test_lines_are_the_course_and_a_line_off_the_scale_is_marked(self, panel):
        panel.reset()
        panel.set(compare=False)
        course = al.simulate_treg(rtol=1e-5)
        (line,) = [x for x in panel.picture.memory.axes["treg_percent"].lines if len(x.get_xdata()) > 50]
        np.testing.assert_allclose(line.get_ydata(), course["treg_percent"], rtol=1e-6)
        panel.set(dose_miu=42, days_on=28)
        arrows = [
            x for x in panel.picture.memory.axes["ccl2_percent_of_baseline"].lines if x.get_marker() == "^"
        ]
        assert len(arrows) == 1
        assert arrows[0].get_ydata()[0] == 160

    def test_comparison_can_be_taken_away(self, panel):
        panel.reset()
        panel.set(dose_miu=5)
        with_other = len(panel.picture.memory.axes["treg_percent"].lines)
        panel.set(compare=False)
        assert len(panel.picture.memory.axes["treg_percent"].lines) == with_other - 1


class TestCourses:
    @pytest.fixture(scope="class")
    def panel(self):
        return al.treg_course_panel()

    @pytest.mark.parametrize("name", ["Treg", "Effector cells", "CCL2 in blood"])
    def test_changes_are_those_of_the_table(self, panel, name):
        panel.set(**panel.presets[name])
        table = mechanism.first_course_changes(al.load_treg_course(), panel.values["measure"])
        for arm, row in table.iterrows():
            mean, sd, least, most = numbers(
                rf"{arm} ([+−][\d.]+) \(SD ([\d.]+), from ([+−][\d.]+) to ([+−][\d.]+)\)", panel.sentence
            )
            assert [mean, sd, least, most] == pytest.approx(
                row[["mean", "sd", "least", "most"]].tolist(), abs=0.051
            )
        differ = abs(table["t"].iloc[-1]) >= 2
        assert ("The arms differ on average" in panel.sentence) == differ
        assert ("not a randomised comparison" in panel.sentence) == differ
        assert ("12 people an arm are few" in panel.sentence) == (not differ)

    def test_single_people_of_one_arm(self, panel):
        panel.reset()
        for arm, expected in (("placebo", 12), ("IL-2 2 MIU", 12), (False, 0)):
            panel.set(people=arm)
            axes = panel.picture.memory.axes
            lines = [c for c in axes.collections if type(c).__name__ == "LineCollection"]
            assert sum(len(c.get_segments()) for c in lines) == expected

    def test_synthetic_is_said_in_every_picture(self, panel):
        for values in panel.presets.values():
            panel.set(**values)
            assert "Synthetic courses: not patients" in drawn_texts(panel)


class TestSurrogate:
    @pytest.fixture(scope="class")
    def panel(self):
        return al.surrogate_panel()

    def test_the_marker_alone_says_the_same_in_every_world(self, panel):
        medians = set()
        for world in "ABC":
            panel.reset()
            panel.set(world=world)
            medians.add(tuple(numbers(r"median is (\d+) % against (\d+) %", panel.sentence)))
            hr, _, high = numbers(r"HR ([\d.]+) \(95 % CI ([\d.]+)–([\d.]+)\)", panel.sentence)
            assert hr < high < 0.8, "in every world those with the lower marker do better"
            assert "nobody can tell which it is" in panel.sentence
            assert "not known yet" in drawn_texts(panel)
            assert "Behind it" not in panel.sentence
        assert len(medians) == 1

    @pytest.mark.parametrize(
        ("world", "verdict", "behind"),
        [
            ("A", "no longer life that this trial could see", "only reports how active the disease is"),
            ("B", "The treated live longer.", "a link of the chain"),
            ("C", "The treated die sooner, although their marker looks better.", "harm by another road"),
        ],
    )
    def test_survival_tells_the_worlds_apart(self, panel, world, verdict, behind):
        panel.set(**panel.presets[f"World {world}, told"])
        assert verdict in panel.sentence
        assert behind in panel.sentence
        trial = al.simulate_marker_trial(surrogate_panels.LETTERS[world], 400, panel.values["seed"])
        active, control, hr, low, high = numbers(
            r"as randomised: (\d+) deaths against (\d+), HR ([\d.]+) \(95 % CI ([\d.]+)–([\d.]+)\)",
            panel.sentence,
        )
        deaths = trial.groupby("treated")["died"].sum()
        assert (active, control) == (deaths[1], deaths[0])
        row = al.fit_cox(trial).table.loc["treated"]
        assert [hr, low, high] == pytest.approx(row[["hr", "ci_low", "ci_high"]].tolist(), abs=0.0051)

    def test_the_harm_is_drawn_only_when_told(self, panel):
        panel.reset()
        panel.set(world="C", survival=True)
        assert "harm" not in drawn_texts(panel)
        assert "?" in drawn_texts(panel)
        panel.set(reveal=True)
        texts = drawn_texts(panel)
        assert "harm" in texts
        assert "?" not in texts

    def test_a_small_trial_cannot_tell(self, panel):
        panel.set(**panel.presets["Too small to tell"])
        assert "too few deaths to tell, however well the marker moved" in panel.sentence

    def test_a_trial_with_too_few_deaths_for_a_ratio_is_explained(self, panel):
        panel.reset()
        said = []
        for seed in range(1, 16):
            panel.set(world="B", n_per_arm=25, seed=seed, survival=True)
            said.append("too few deaths for a hazard ratio" in panel.sentence)
        assert any(said)
        assert not all(said)
