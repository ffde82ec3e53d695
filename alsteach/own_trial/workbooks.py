"""Excel workbooks: the first sheet that holds data, as rows of cells."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
import zipfile
import zlib

from ..data.checks import TrialDataError
from .grid import Row, is_blank
from .notes import Notes


def read(content: bytes, name: str, max_cells: int, notes: Notes) -> list[Row]:
    """Return the rows of the first sheet with data; which sheet is said.

    Raises
    ------
    TrialDataError
        If the workbook is damaged, empty, too large, or has formulas whose results were never stored.
    """
    merged = _looked_through(content, name, max_cells)
    sheets = _sheets(content, name, max_cells, values=True, merged=merged, notes=notes)
    filled = [title for title, rows in sheets.items() if rows]
    if not filled:
        raise TrialDataError(f"{name} has no sheet with data in it. Choose another file.")
    tables = [title for title in filled if _is_table(sheets[title])]
    longest = max((len(sheets[title]) for title in tables), default=0)
    # a list of columns or a summary before the patients is much the shorter
    sheet = next((title for title in tables if 3 * len(sheets[title]) >= longest), filled[0])
    left = [title for title in filled if title != sheet]
    others = ", ".join(map(repr, left))
    notes.say("sheet_of_several" if left else "sheet", sheet=repr(sheet), others=others)
    _refuse_unstored_formulas(content, name, max_cells, sheet, sheets[sheet])
    return sheets[sheet]


MOST_ROWS = 1_048_576  # of a sheet of Excel
LONGEST_CELL = 32_767  # characters
MOST_BLANK_ROWS = 100_000
MOST_TAGS = 100_000  # in one cell, row or list
_ROW = re.compile(rb"<(?:\w+:)?row\b[^<>]*?\sr\s*=\s*[\"']([^\"'<>]*)")
_ROWS = re.compile(rb"<(?:\w+:)?row[\s/>]")
_CELLS = re.compile(rb"<(?:\w+:)?(?:c|si)[\s/>]")
_BEGINS = re.compile(rb"<(?:\w+:)?(?:c|si|row|mergeCell|hyperlink)[\s/>]")
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\s+ref=[\"']([A-Z]{1,3})(\d{1,7}):\1(\d{1,7})[\"']"
)  # in one column
_TEXT = re.compile(rb"[^<]{%d}" % (4 * LONGEST_CELL))
_NOT_UTF8 = re.compile(
    rb"\xff\xfe|\xfe\xff|\0<|<\0|[^<]{0,9}<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-?8|us-ascii)", re.IGNORECASE
)


def _looked_through(content: bytes, name: str, max_cells: int) -> dict[str, set]:
    """Return the merged cells of each part; refuse what no spreadsheet writes and what would fill the memory."""
    merged: dict[str, set] = {}
    with (
        contextlib.suppress(
            zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError
        ),
        zipfile.ZipFile(io.BytesIO(content)) as archive,
    ):
        for part in archive.namelist():
            if part.endswith((".xml", ".rels")) or "sheet" in part.lower():
                with archive.open(part) as stream:
                    merged[part] = _merged_in_part(stream, name, max_cells)
    return merged


def _merged_in_part(stream, name: str, max_cells: int) -> set:
    cells, rows, tags, tail, merged = 0, 0, 0, b"", set()
    while piece := stream.read(1 << 20):
        if not tail and _NOT_UTF8.match(piece):
            raise _damaged(name, "a part that is not written in UTF-8")
        text = tail + piece
        if _TEXT.search(text):
            raise TrialDataError(
                f"{name} holds a text of more than {LONGEST_CELL:,} characters, the most that a cell of Excel can "
                "hold; it is damaged or no table. Save the table anew."
            )
        fresh = text[max(len(tail) - 40, 0) :]
        cells, rows = cells + len(_CELLS.findall(fresh)), rows + len(_ROWS.findall(fresh))
        if cells > max_cells:
            raise TrialDataError(
                f"{name} has more than {max_cells:,} cells with the blank ones that are formatted, the limit here. "
                "Copy the table alone into a new workbook."
            )
        if rows > cells + MOST_BLANK_ROWS:
            raise TrialDataError(
                f"{name} has more than {MOST_BLANK_ROWS:,} blank rows that are formatted. Copy the table alone into "
                "a new workbook."
            )
        pieces = [part.count(b"<") for part in _BEGINS.split(piece)]
        if max(tags + pieces[0], *pieces) > MOST_TAGS:
            raise _damaged(name, "a cell of more parts than Excel writes")
        tags = pieces[-1] + (tags if len(pieces) == 1 else 0)
        if any(not row.isdigit() or int(row) > MOST_ROWS for row in _ROW.findall(text)):
            raise _damaged(name, f"a row numbered above {MOST_ROWS:,}, the last row of a sheet")
        merged |= {found.groups() for found in _MERGED.finditer(text)}
        tail = text[-4 * LONGEST_CELL :]
    return merged


def _damaged(name: str, what: str) -> TrialDataError:
    return TrialDataError(
        f"{name} has {what}; it is damaged. Open it in Excel, save it again as .xlsx, or save the sheet as CSV."
    )


def _is_table(rows: list[Row]) -> bool:
    """Tell a table from a sheet of notes: several columns in most rows."""
    wide = [sum(not is_blank(cell) for cell in row) > 2 for _, row in rows]
    return len(rows) > 1 and sum(wide) > len(rows) / 2


def _is_trial(rows: list[Row]) -> bool:
    return len(rows) > 60 and _is_table(rows)


def _fill_merged(rows: list[Row], merged: set) -> bool:
    """Give each row below the top of merged cells the value that they share; tell whether there were any."""
    from openpyxl.utils import column_index_from_string

    numbered, header = dict(rows), rows[0][0] if rows else 0
    filled = False
    for letters, first, last in sorted(merged):
        at = column_index_from_string(letters.decode()) - 1
        top = numbered.get(int(first), [])
        if int(first) <= header or at >= len(top) or is_blank(top[at]):
            continue
        for number in range(int(first) + 1, min(int(last), rows[-1][0]) + 1):
            row = numbered.get(number)
            if row is not None and is_blank(row[at] if at < len(row) else None):
                row += [None] * (at + 1 - len(row))
                row[at], filled = top[at], True
    return filled


def _sheets(
    content: bytes, name: str, max_cells: int, values: bool, merged=None, notes: Notes | None = None
) -> dict[str, list[Row]]:
    from openpyxl import load_workbook

    found: dict[str, list[Row]] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=values)
            # hidden sheets last: what the reader of the workbook sees comes first
            for sheet in sorted(book.worksheets, key=lambda each: each.sheet_state != "visible"):
                sheet.reset_dimensions()
                rows, n_cells, width = [], 0, 0
                for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                    width += len(row)
                    if width > max_cells:
                        raise _too_large(name, sheet.title, max_cells)
                    if not any(not is_blank(cell) for cell in row):
                        continue
                    rows.append((number, list(row)))
                    if any(map(_is_trial, found.values())):
                        break  # it holds something: that is all there is to know of a later sheet
                    n_cells += len(row)
                    if n_cells > max_cells:
                        raise _too_large(name, sheet.title, max_cells)
                found[sheet.title] = rows
                if values:
                    part = getattr(sheet, "_worksheet_path", "").lstrip("/")
                    if _fill_merged(rows, merged.get(part, set())):
                        notes.say("merged_cells", sheet=repr(sheet.title))
                elif any(map(_is_table, found.values())):
                    break
            book.close()
    except TrialDataError:
        raise
    except Exception as error:  # a workbook can be broken in as many ways as XML can
        raise TrialDataError(
            f"{name} cannot be opened as an Excel workbook; it seems damaged. Open it in Excel, save it again "
            "as .xlsx, or save the sheet as CSV."
        ) from error
    return found


def _too_large(name: str, sheet: str, max_cells: int) -> TrialDataError:
    return TrialDataError(
        f"Sheet {sheet!r} of {name} has more than {max_cells:,} cells, the limit here. Keep only the columns "
        "you need."
    )


def _refuse_unstored_formulas(content: bytes, name: str, max_cells: int, sheet: str, rows: list[Row]) -> None:
    """A program that writes formulas without computing them leaves cells that read as blank."""
    header = rows[0][1]
    blank = [
        i
        for i, cell in enumerate(header)
        if not is_blank(cell) and all(i >= len(row) or is_blank(row[i]) for _, row in rows[1:])
    ]
    if not blank or len(rows) < 2:
        return
    formulas = _sheets(content, name, max_cells, values=False).get(sheet, [])
    for i in blank:
        if any(i < len(row) and str(row[i]).startswith("=") for _, row in formulas[1:]):
            raise TrialDataError(
                f"Column {header[i]!r} holds formulas whose results are not stored in {name}. Open it in Excel "
                "or LibreOffice, save it, and choose it again."
            )
