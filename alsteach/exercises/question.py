"""One question or exercise as widgets: the prompt, a way to answer, and at once a word on the answer."""

from __future__ import annotations

import html
from datetime import datetime

import ipywidgets as widgets

from .. import style
from ..words import numbers
from . import checking, code
from .asked import Asked, button, framed, verdict
from .item import Check, Item
from .markup import plain, to_html, to_inline
from .progress import Progress
from .sorting import Sort
from .writing import Write

_WIDE = {"width": "auto", "max_width": "98%"}


class Question(Asked):
    """An item with its answer widgets and a button that checks it; what was answered before is there again.

    Attributes
    ----------
    item : Item
    comparison : VBox
        *Compare* and what it shows; a quiz with a panel takes it to the panel's side.
    """

    def __init__(self, item: Item, progress: Progress, beside: bool = False):
        super().__init__(item, progress)
        self._beside = beside
        self._hints, self._told, self._solved, self._compared_view = (widgets.HTML() for _ in range(4))
        self.answer_view = self._answer_view()
        self._field.observe(self._arrived, "value")
        entry = progress.entry(item.id)
        self._hints_shown = min(entry["hints"], len(item.hints))
        predicting = item.when == "before"
        words = self._words.table("controls")
        self.check_button = button(words("note" if predicting else "check"), self.press)
        self.compare_button = button(words("compare"), self.compare, words("compare_prediction"))
        self.hint_button = button(words("hint"), self.hint)
        self.solution_button = button(words("solve"), self.solve, words("solve_more"))
        buttons = [*self._more_buttons(), self.check_button, self.hint_button]
        if not predicting:
            buttons.append(self.solution_button)
        row = widgets.HBox(buttons, layout=widgets.Layout(flex_flow="row wrap"))
        self.guess = None  # the panel's guess that this prediction is: until it is made, nothing is compared
        self.comparison.children = [self.compare_button, self._compared_view]
        last = [self.comparison] if predicting and not beside else []
        views = [row, *self._more_views(), self._hints, self._told, self._solved, *last]
        self.children = [self.prompt, self.answer_view, *views]
        self._restore(entry)

    def _answer_view(self):
        raise NotImplementedError

    def _more_buttons(self) -> list:
        return []

    def _more_views(self) -> list:
        return []

    @property
    def answer(self):
        """What stands in the answer widget."""
        raise NotImplementedError

    def put(self, answer) -> None:
        """Write an answer into the widget."""
        raise NotImplementedError

    def _judge(self) -> Check:
        return checking.check(self.item, self.answer)

    def _is_try(self, check: Check) -> bool:
        """Whether the answer is one at all: an empty or unreadable one is no try."""
        return check.message.startswith((checking.ruling(True), checking.ruling(False)))

    def press(self) -> None:
        """Check what stands there, or what is about to."""
        self._after_arrival(self.check)

    def check(self) -> None:
        """Check what stands there, say so, and keep it; a prediction that is noted stays as it is."""
        if self._locked():
            return
        check = self._judge()
        if self._is_try(check):
            self._progress.record(self.item.id, self.answer, check.correct)
        self._answered(check, self._is_try(check), alert=True)

    def _answered(self, check: Check, valid: bool, alert: bool) -> None:
        if not valid:
            self._tell(framed(to_html(check.message), style.CONTROL, alert), check.message)
        elif self.item.when == "before":
            self._noted(alert)
        else:
            self._tell(verdict(check, alert), check.message)
        self.refresh()

    def _locked(self) -> bool:
        return self.item.when == "before" and bool(self._progress.entry(self.item.id)["answers"])

    def _noted(self, alert: bool) -> None:
        then = self._words("finding.then_under" if self._beside else "finding.then_back")
        first = self._first()["answer"]
        text = self._words("finding.noted", answer=first, look=self.item.look, then=then)
        self._tell(framed(to_html(text), style.ACTIVE, alert), text)

    def _first(self) -> dict:
        return self._progress.entry(self.item.id)["answers"][0]

    def compare(self) -> None:
        """Set the first prediction beside what the panel showed."""
        self._progress.note(self.item.id, compared=True)
        self._noted(alert=False)
        self._compared(alert=True)
        self.refresh()

    def _compared(self, alert: bool) -> None:
        words, first = self._words.table("finding"), self._first()["answer"]
        check = checking.check(self.item, first)
        remark = check.message.removeprefix(checking.ruling(check.correct)).strip()
        if check.correct:
            said, mark, color, more = words("as_predicted"), "✓", style.SECOND, ""
        else:
            said, mark, color = words("otherwise"), "≠", style.HIGHLIGHT
            more = to_html(words("would_be_right", right=self._right_one()))
        heads = "".join(f'<th scope="col">{words(key)}</th>' for key in ("you_predicted", "panel_showed"))
        cells = f"<td>{html.escape(self._chosen(first))}</td><td>{to_html(self.item.outcome)}</td>"
        beside = f'<table class="alsteach-beside"><tr>{heads}</tr><tr>{cells}</tr></table>'
        text = f"<b>{mark} {said}</b>{beside}{to_html(remark)}{more}"
        self._compared_view.value = framed(text, color, alert)
        self.reply = f"{said} {self.item.outcome} {remark}"

    def _chosen(self, answer: str) -> str:
        return answer

    def _right_one(self) -> str:
        return ""

    def _tell(self, shown: str, text: str) -> None:
        self._told.value, self.reply = shown, text

    def hint(self) -> None:
        """Show one hint more."""
        self._hints_shown = min(self._hints_shown + 1, len(self.item.hints))
        self._progress.note(self.item.id, hints=self._hints_shown)
        self._show_hints(alert=True)
        self.refresh()

    def _show_hints(self, alert: bool) -> None:
        shown = [
            to_html(self._words("finding.hint", n=n, hint=hint))
            for n, hint in enumerate(self.item.hints[: self._hints_shown], 1)
        ]
        self._hints.value = "".join(
            framed(hint, style.ACTIVE, alert and n == len(shown)) for n, hint in enumerate(shown, 1)
        )

    def solve(self) -> None:
        """Show the solution; only after a try."""
        if not self._progress.entry(self.item.id)["answers"]:
            return
        self._progress.note(self.item.id, solution=True)
        self._show_solution(alert=True)

    def _show_solution(self, alert: bool) -> None:
        self._solved.value = framed(
            f"<b>{self._words('finding.solution')}</b> {self._solution_html()}", style.CONTROL, alert
        )

    def _solution_html(self) -> str:
        raise NotImplementedError

    def refresh(self) -> None:
        """Switch the buttons on and off as the state now has it."""
        entry = self._progress.entry(self.item.id)
        left = len(self.item.hints) - self._hints_shown
        self.hint_button.disabled = left == 0
        self.hint_button.description = self._words(f"controls.{'hints_left' if left else 'no_hints'}", n=left)
        self.solution_button.disabled = not entry["answers"]
        asking = self.guess is not None and not (self.guess.locked or self.guess.skipped)
        self.compare_button.disabled = asking or not entry["answers"]
        self._field.disabled = self.check_button.disabled = self._locked()

    def _restore(self, entry: dict) -> None:
        self._show_hints(alert=False)
        if entry["answers"]:
            standing = entry["answers"][0 if self.item.when == "before" else -1]
            self.put(standing["answer"])
            self._answered(self._earlier(standing), True, alert=False)
            if entry["compared"]:
                self._compared(alert=False)
            if entry["solution"]:
                self._show_solution(alert=False)
        self.refresh()

    def follow(self) -> None:
        """Stand empty again if the answers given here were cleared elsewhere."""
        if self._told.value and not self._progress.entry(self.item.id)["answers"]:
            self._hints_shown = 0
            for view in (self._hints, self._told, self._solved, self._compared_view):
                view.value = ""
            self.reply = ""
            self.put(self._untouched)
            self.refresh()

    @property
    def _untouched(self) -> str:
        """What stands in the answer widget before the first answer."""
        return ""

    def _earlier(self, last: dict) -> Check:
        return checking.check(self.item, last["answer"])


class Choice(Question):
    """Options to pick one from."""

    def _answer_view(self):
        options = [(f"{letter})  {plain(text)}", letter) for letter, text in self.item.options.items()]
        self._field = widgets.RadioButtons(options=options, value=None, layout=widgets.Layout(**_WIDE))
        return self._field

    @property
    def answer(self):
        return self.answer_view.value

    def put(self, answer) -> None:
        letter = str(answer).strip().upper()
        self.answer_view.value = letter if letter in self.item.options else None

    def _chosen(self, letter: str) -> str:
        return f"{letter}) {plain(self.item.options.get(letter, ''))}"

    def _right_one(self) -> str:
        solution = self.item.solution
        return f"**{self._chosen(solution).rstrip('.')}.** {self.item.explanations[solution]}"

    def _solution_html(self) -> str:
        rows = "".join(
            to_html(f"**{letter}) {'✓' if letter == self.item.solution else '✗'}** {text}")
            for letter, text in self.item.explanations.items()
        )
        return f"{html.escape(self._chosen(self.item.solution))}{rows}"


class Number(Question):
    """A number to type; Enter checks it."""

    def _answer_view(self):
        self._field = widgets.Text(
            description=self._words("controls.number"),
            continuous_update=False,
            placeholder=self._words("controls.number_more", places=numbers.places_text(self.item.decimals)),
            layout=widgets.Layout(width="330px", min_width="0", flex="0 1 auto"),
        )
        self._field.on_msg(self._on_message)
        # On a telephone the field gives way.
        unit = widgets.Label(self.item.unit, layout=widgets.Layout(flex="0 0 auto"))
        return widgets.HBox([self._field, unit])

    def _on_message(self, _, content, __) -> None:
        # Enter's message comes before the text it confirms; if none comes, the text stood there already.
        if content.get("event") == "submit":
            self._once_arrived(self.check)

    @property
    def answer(self):
        return self._field.value

    def put(self, answer) -> None:
        self._field.value = str(answer)

    def _right_one(self) -> str:
        return f"**{self._solution_text()}**."

    def _solution_text(self) -> str:
        return numbers.fixed(self.item.solution, self.item.decimals, self.item.unit)

    def _solution_html(self) -> str:
        return html.escape(self._solution_text()) + to_html(self.item.working)


class Code(Question):
    """Code to write and run; it runs by itself, so nothing in the notebook changes."""

    def _answer_view(self):
        rows = max(self.item.starter.count("\n"), self.item.solution.count("\n")) + 2
        self._field = widgets.Textarea(
            value=self.item.starter,
            rows=rows,
            continuous_update=False,
            layout=widgets.Layout(width="98%", height="auto"),
        )
        self._field.add_class("alsteach-code")
        label = widgets.HTML(f"<div>{to_inline(self._words('controls.code'))}</div>")
        return widgets.VBox([label, self._field])

    def _more_buttons(self) -> list:
        self._output = widgets.HTML()
        words = self._words.table("controls")
        self.run_button = button(words("run"), lambda: self._after_arrival(self.run), words("run_more"))
        self.restart_button = button(words("restart"), lambda: self.put(self.item.starter))
        return [self.run_button, self.restart_button]

    def _more_views(self) -> list:
        return [self._output]

    @property
    def _untouched(self) -> str:
        return self.item.starter

    @property
    def answer(self):
        return self._field.value

    def put(self, answer) -> None:
        self._field.value = str(answer)

    def run(self) -> code.Run:
        """Run the code and show what it prints."""
        words = self._words.table("finding.code")
        for pressed in (self.run_button, self.check_button):
            pressed.disabled = True
        self._output.value = f'<div class="alsteach-output">{words("running")}</div>'
        run = code.run(self.answer)
        said = html.escape(run.output.rstrip())
        problem = f"<div>{html.escape(run.problem)}</div>" if run.problem else ""
        nothing = "" if said or problem else f"<div>{words('printed_nothing')}</div>"
        self._output.value = f'<div class="alsteach-output"><pre>{said}</pre>{problem}{nothing}</div>'
        for pressed in (self.run_button, self.check_button):
            pressed.disabled = False
        return run

    def _judge(self) -> Check:
        return checking.check_run(self.item, self.run())

    def _is_try(self, check: Check) -> bool:
        return self.answer.strip() != self.item.starter.strip()

    def _earlier(self, last: dict) -> Check:
        day = datetime.fromisoformat(last["at"]).astimezone().strftime("%d %B %Y, %H:%M")
        key = "was_right" if last["correct"] else "was_wrong"
        return Check(last["correct"], self._words(f"finding.code.{key}", day=day))

    def _solution_html(self) -> str:
        return f"<pre>{html.escape(self.item.solution)}</pre>"


def question(item: Item, progress: Progress, beside: bool = False, again: bool = False) -> Asked:
    """Return the widgets for an item of any kind.

    Parameters
    ----------
    beside : bool
        The comparison of a prediction is shown elsewhere.
    again : bool
        A text is shown again, to be compared.
    """
    if item.kind == "sort":
        return Sort(item, progress)
    if item.kind == "write":
        return Write(item, progress, again)
    return {"choice": Choice, "number": Number, "code": Code}[item.kind](item, progress, beside)
