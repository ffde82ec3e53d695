"""The teacher's workshop on A4: the plan, then each hand-out on a page of its own, to be cut where it is dashed.

Its words stand in ``notebooks/workshop.ipynb``, whose cells say them with their figures filled in; `sheets` prints it.
"""

from __future__ import annotations

import html
import json
from types import SimpleNamespace

from ...opening.course import notebooks_folder
from ...words.prose import say
from ...words.published import published

PATH = notebooks_folder() / "workshop.ipynb"
COPIES = {"handout-a": 4, "handout-d": 2}  # so many fit on a page; everybody votes twice, D is one a group
STYLE = """
@page { size: A4; margin: 14mm 14mm 17mm }
body { font: 10.5pt/1.4 "DejaVu Sans", Verdana, sans-serif; color: #1a1a1a; max-width: 182mm; margin: 0 auto }
h1 { font-size: 16pt; margin: 0 0 2mm } h2 { font-size: 12.5pt; margin: 2.5mm 0 1.5mm; break-after: avoid }
p { margin: 1.6mm 0 } li { margin: 1.2mm 0; break-inside: avoid } ul, ol { margin: 1mm 0; padding-left: 6mm }
table { border-collapse: collapse; width: 100% } tr { break-inside: avoid }
th, td { border: .75pt solid #8a8a8a; padding: .5mm 2mm; text-align: left; vertical-align: top }
code { font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: 90% }
.plan { font-size: 8.8pt } .plan h1 { font-size: 15pt } .plan p { margin: 1.2mm 0 } .plan li { margin: .7mm 0 }
.plan td:first-child, .plan td:last-child { width: 12mm; white-space: nowrap } .plan td:nth-child(3) { width: 50mm }
.handout { break-before: page } .handout td { height: 30mm }
.copy, .cut li { border: 1pt dashed #8a8a8a; padding: 3mm 5mm; margin: 0 0 4mm; break-inside: avoid }
.copy { min-height: 52mm } .cut li { min-height: 34mm; list-style-position: inside; font-size: 12pt }
@media screen { body { padding: 8mm } }
"""


def said() -> dict[str, str]:
    """Return the workshop's cells by id: Markdown, with its figures filled in."""
    found, names = {}, {"al": SimpleNamespace(say=say, published=published)}
    for cell in json.loads(PATH.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            found[cell["id"]] = source
        elif cell["id"] != "page":
            found[cell["id"]] = eval(source, names).data
    return found


def workshop_page() -> str:
    """Return the workshop as a page of HTML that needs no other file."""
    import mistune

    to_html = mistune.create_markdown(escape=False, plugins=["table"])
    plan, handouts = [], []
    for name, text in said().items():
        if not name.startswith("handout-"):
            plan.append(to_html(text))
        elif name in COPIES:
            handouts.append(f'<div class="copy">{to_html(text)}</div>' * COPIES[name])
        else:
            handouts.append(f'<div class="cut">{to_html(text)}</div>')
    sheets = "".join(f'<div class="handout">{handout}</div>' for handout in handouts)
    title = plan[0].partition("</h1>")[0].removeprefix("<h1>")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{html.escape(html.unescape(title))}</title><style>{STYLE}</style></head>\n"
        f'<body><div class="plan">{"".join(plan)}</div>{sheets}</body></html>\n'
    )
