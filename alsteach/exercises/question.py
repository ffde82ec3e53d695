"""One question or exercise as widgets: the prompt, a way to answer, and at once a word on the answer."""

from __future__ import annotations

import asyncio
import html
import time
from datetime import datetime

import ipywidgets as widgets

from .. import style
from . import checking, code
from .loading import Check, Item
from .markup import plain, to_html
from .progress_file import Progress

KIND = {"choice": "Question", "number": "Question with a number", "code": "Exercise in code"}
FOLLOWS = 0.3  # seconds in which an answer on its way arrives
_WIDE = {"width": "auto", "max_width": "98%"}


def _box(text: str, color: str, alert: bool = False) -> str:
    """A framed remark; ``alert`` lets a screen reader read it out as it appears."""
    role = ' role="alert"' if alert else ""
    return f'<div{role} class="alsteach-remark" style="border-left-color:{color}">{text}</div>'


def _verdict(check: Check, alert: bool, right: str = "✓", wrong: str = "✗") -> str:
    mark, color = (right, style.SECOND) if check.correct else (wrong, style.HIGHLIGHT)
    return _box(to_html(check.message).replace("<p>", f"<p><b>{mark}</b> ", 1), color, alert)


def _button(text: str, action, tooltip: str = "") -> widgets.Button:
    button = widgets.Button(description=text, tooltip=tooltip or text, layout=widgets.Layout(width="auto"))
    button.on_click(lambda _: action())
    return button


def label_of(item: Item, number: int) -> str:
    """Return the line above a question."""
    prediction = " · a prediction, before you look" if item.when == "before" else ""
    return f"{number}. {KIND[item.kind]}{prediction}"


class Question(widgets.VBox):
    """An item with its answer widgets; what was answered before is there again.

    Attributes
    ----------
    item : Item
    reply : str
        What the learner was last told, as text.
    """

    def __init__(self, item: Item, progress: Progress, number: int = 1):
        self.item, self._progress = item, progress
        self.reply = ""
        head = f'<div class="alsteach-label">{html.escape(label_of(item, number))}</div>'
        self._prompt = widgets.HTML(head + to_html(item.prompt))
        self._hints, self._told, self._solved = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.answer_view = self._answer_view()
        self._field.observe(self._arrived, "value")
        self._arrived_at, self._timer, self._pending = 0.0, None, None
        entry = progress.entry(item.id)
        self._hints_shown = min(entry["hints"], len(item.hints))
        predicting = item.when == "before"
        self.check_button = _button("Note my prediction" if predicting else "Check my answer", self.press)
        self.compare_button = _button(
            "Compare", self.compare, "Set your prediction beside what the panel showed"
        )
        self.hint_button = _button("Hint", self.hint)
        self.solution_button = _button("Show the solution", self.solve, "After a try")
        last = self.compare_button if predicting else self.solution_button
        buttons = [*self._more_buttons(), self.check_button, self.hint_button, last]
        row = widgets.HBox(buttons, layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__(
            [self._prompt, self.answer_view, row, *self._more_views(), self._hints, self._told, self._solved]
        )
        self.add_class("alsteach-question")
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
        return self.item.check(self.answer)

    def _is_try(self, check: Check) -> bool:
        """Whether the answer is one at all: an empty or unreadable one is no try."""
        return check.message.startswith((checking.RIGHT, checking.WRONG))

    def press(self) -> None:
        """Check what stands there, or what is about to."""
        self._after_arrival(self.check)

    def _after_arrival(self, action) -> None:
        """Do it now, or in a moment if an answer came just before and a newer one may be on its way.

        JupyterLab holds a changed answer back until the one before it is acknowledged, but a pressed button never.
        With a busy kernel the button would overtake the answer it belongs to.
        """
        if time.monotonic() - self._arrived_at < FOLLOWS:
            self._once_arrived(action)
        else:
            action()

    def _once_arrived(self, action) -> None:
        try:
            self._timer = asyncio.get_running_loop().call_later(FOLLOWS, self._arrived)
        except RuntimeError:  # no event loop, so nothing can arrive
            action()
        else:
            self._pending = action

    def _arrived(self, _=None) -> None:
        self._arrived_at = time.monotonic()
        if self._pending is not None:
            self._timer.cancel()
            action, self._pending = self._pending, None
            action()

    def check(self) -> None:
        """Check what stands there, say so, and keep it."""
        check = self._judge()
        if self._is_try(check):
            self._progress.record(self.item.id, self.answer, check.correct)
        self._answered(check, self._is_try(check), alert=True)

    def _answered(self, check: Check, valid: bool, alert: bool) -> None:
        if not valid:
            self._tell(_box(to_html(check.message), style.CONTROL, alert), check.message)
        elif self.item.when == "before":
            self._noted(alert)
        else:
            self._tell(_verdict(check, alert), check.message)
        self._enable()

    def _noted(self, alert: bool) -> None:
        predicted = self._in_words(self._first()["answer"])
        text = f"**Noted**: {predicted} {self.item.look} Then come back and press *Compare*."
        self._tell(_box(to_html(text), style.ACTIVE, alert), text)

    def _first(self) -> dict:
        return self._progress.entry(self.item.id)["answers"][0]

    def _in_words(self, answer: str) -> str:
        return f"you predict {answer}."

    def compare(self) -> None:
        """Set the first prediction beside what the panel showed."""
        self._progress.note(self.item.id, compared=True)
        self._compared(alert=True)
        self._enable()

    def _compared(self, alert: bool) -> None:
        first = self._first()
        check = self.item.check(first["answer"])
        verdict = "As you predicted." if check.correct else "Not as you predicted."
        remark = check.message.removeprefix(checking.RIGHT).removeprefix(checking.WRONG).strip()
        beside = (
            '<table class="alsteach-beside"><tr><th scope="col">You predicted</th><th scope="col">The panel showed</th>'
            f"</tr><tr><td>{html.escape(self._chosen(first['answer']))}</td><td>{to_html(self.item.outcome)}</td></tr></table>"
        )
        mark, color = ("✓", style.SECOND) if check.correct else ("≠", style.HIGHLIGHT)
        more = "" if check.correct else to_html(f"Right would have been {self._right_one()}")
        text = f"<b>{mark} {verdict}</b>{beside}{to_html(remark)}{more}"
        self._tell(_box(text, color, alert), f"{verdict} {self.item.outcome} {remark}")

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
        self._enable()

    def _show_hints(self, alert: bool) -> None:
        shown = self.item.hints[: self._hints_shown]
        self._hints.value = "".join(
            _box(to_html(f"**Hint {i + 1}:** {hint}"), style.ACTIVE, alert and i + 1 == len(shown))
            for i, hint in enumerate(shown)
        )

    def solve(self) -> None:
        """Show the solution; only after a try."""
        if not self._progress.entry(self.item.id)["answers"]:
            return
        self._progress.note(self.item.id, solution=True)
        self._show_solution(alert=True)

    def _show_solution(self, alert: bool) -> None:
        self._solved.value = _box(f"<b>Solution</b> {self._solution_html()}", style.CONTROL, alert)

    def _solution_html(self) -> str:
        raise NotImplementedError

    def _enable(self) -> None:
        entry = self._progress.entry(self.item.id)
        left = len(self.item.hints) - self._hints_shown
        self.hint_button.disabled = left == 0
        self.hint_button.description = f"Hint ({left} left)" if left else "No more hints"
        self.solution_button.disabled = self.compare_button.disabled = not entry["answers"]

    def _restore(self, entry: dict) -> None:
        self._show_hints(alert=False)
        if entry["answers"]:
            self.put(entry["answers"][-1]["answer"])
            if entry["compared"]:
                self._compared(alert=False)
            else:
                self._answered(self._earlier(entry["answers"][-1]), True, alert=False)
            if entry["solution"]:
                self._show_solution(alert=False)
        self._enable()

    def _earlier(self, last: dict) -> Check:
        return self.item.check(last["answer"])


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

    def _in_words(self, letter: str) -> str:
        return f"you predict {letter})."

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
            description="Your answer",
            continuous_update=False,
            placeholder=f"a number, {checking.places_text(self.item.decimals)}",
            layout=widgets.Layout(width="330px"),
        )
        self._field.on_msg(self._on_message)
        return widgets.HBox([self._field, widgets.Label(self.item.unit)])

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
        return checking.number_text(self.item.solution, self.item.decimals, self.item.unit)

    def _solution_html(self) -> str:
        return html.escape(self._solution_text())


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
        label = widgets.HTML("<div>Your code (put the result into <code>answer</code>)</div>")
        return widgets.VBox([label, self._field])

    def _more_buttons(self) -> list:
        self._output = widgets.HTML()
        self.run_button = _button(
            "Run", lambda: self._after_arrival(self.run), "Run the code and see what it prints"
        )
        self.restart_button = _button("Back to the start", lambda: self.put(self.item.starter))
        return [self.run_button, self.restart_button]

    def _more_views(self) -> list:
        return [self._output]

    @property
    def answer(self):
        return self._field.value

    def put(self, answer) -> None:
        self._field.value = str(answer)

    def run(self) -> code.Run:
        """Run the code and show what it prints."""
        for button in (self.run_button, self.check_button):
            button.disabled = True
        self._output.value = '<div class="alsteach-output">Running …</div>'
        run = code.run(self.answer)
        said = html.escape(run.output.rstrip())
        problem = f"<div>{html.escape(run.problem)}</div>" if run.problem else ""
        nothing = "" if said or problem else "<div>It ran and printed nothing.</div>"
        self._output.value = f'<div class="alsteach-output"><pre>{said}</pre>{problem}{nothing}</div>'
        for button in (self.run_button, self.check_button):
            button.disabled = False
        return run

    def _judge(self) -> Check:
        return checking.check_run(self.item, self.run())

    def _is_try(self, check: Check) -> bool:
        return self.answer.strip() != self.item.starter.strip()

    def _earlier(self, last: dict) -> Check:
        day = datetime.fromisoformat(last["at"]).astimezone().strftime("%d %B %Y, %H:%M")
        return Check(
            last["correct"], f"{'Right' if last['correct'] else 'Not right yet'} when checked on {day}."
        )

    def _solution_html(self) -> str:
        return f"<pre>{html.escape(self.item.solution)}</pre>"


def question(item: Item, progress: Progress, number: int = 1) -> Question:
    """Return the widgets for an item of any kind."""
    return {"choice": Choice, "number": Number, "code": Code}[item.kind](item, progress, number)
