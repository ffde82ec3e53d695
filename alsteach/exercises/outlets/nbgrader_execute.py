"""A step of nbgrader's autograde: run the submission in its kernel, and its tests in another process."""

from __future__ import annotations

import textwrap
from functools import cache

from . import marking


def _lines(said: str) -> str:
    """Wrap a sentence: nbgrader's feedback page cuts long lines off."""
    return "\n".join(textwrap.fill(line, 88) for line in said.splitlines())


def _error(nbformat, said: str):
    return nbformat.new_output("error", ename="Not yet", evalue=said, traceback=[_lines(said)])


@cache
def execute_apart():
    """Return the class that takes the place of nbgrader's ``Execute``; nbgrader is needed only here."""
    from nbformat import v4 as nbformat
    from nbgrader.preprocessors import Execute
    from nbgrader.utils import is_grade, is_solution

    class ExecuteApart(Execute):
        def preprocess(self, nb, *arguments, **options):
            self._answers, self._broken = {}, False
            nb, resources = super().preprocess(nb, *arguments, **options)
            asked = [{"source": nb.cells[i].source, "answer": a} for i, a in self._answers.items()]
            verdicts = marking.mark_apart(asked) if asked else []
            for index, verdict in zip(self._answers, verdicts, strict=True):
                said = verdict["said"]
                fine = nbformat.new_output("stream", name="stdout", text=_lines(said) + "\n")
                nb.cells[index].outputs = [fine if verdict["passed"] else _error(nbformat, said)]
            return nb, resources

        def preprocess_cell(self, cell, resources, index):
            is_test = cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)
            if is_test:
                self._answers[index] = {}
            if cell.cell_type != "code" or self._broken:
                return cell, resources
            try:
                if not is_test:
                    return super().preprocess_cell(cell, resources, index)
                question = nbformat.new_code_cell(marking.ASK)
                super().preprocess_cell(question, resources, index)
                printed = "".join(o.text for o in question.outputs if o.get("name") == "stdout")
                self._answers[index] = marking.received(printed)
            except Exception as problem:  # whatever a submission does to its kernel, the others are marked
                self._broken = True
                said = f"The kernel had died or could not be understood any more ({type(problem).__name__})."
                cell.outputs = [_error(nbformat, f"{said} Nothing after this was run.")]
            finally:
                self.nb.cells[index] = cell  # nbclient has put the question in its place
            return cell, resources

    return ExecuteApart
