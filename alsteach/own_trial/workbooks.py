"""Excel workbooks: the first sheet that holds data, as rows of cells."""

from __future__ import annotations

import io
import warnings

from ..frames import TrialDataError
from .grid import Row, is_blank


def read(content: bytes, name: str, max_cells: int, said: list[str]) -> list[Row]:
    """Return the rows of the first sheet with data; which sheet is said.

    Raises
    ------
    TrialDataError
        If the workbook is damaged, empty, too large, or has formulas whose results were never stored.
    """
    sheets = _sheets(content, name, max_cells, values=True)
    filled = [title for title, rows in sheets.items() if rows]
    if not filled:
        raise TrialDataError(f"{name} has no sheet with data in it. Choose another file.")
    sheet = filled[0]
    others = f" ({', '.join(map(repr, filled[1:]))} not read)" if len(filled) > 1 else ""
    said.append(f"Sheet {sheet!r} of the Excel workbook read{others}.")
    _refuse_unstored_formulas(content, name, max_cells, sheet, sheets[sheet])
    return sheets[sheet]


def _sheets(content: bytes, name: str, max_cells: int, values: bool) -> dict[str, list[Row]]:
    from openpyxl import load_workbook

    found: dict[str, list[Row]] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=values)
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                rows, n_cells = [], 0
                for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                    if not any(not is_blank(cell) for cell in row):
                        continue
                    rows.append((number, list(row)))
                    if any(found.values()):
                        break  # it holds something: that is all there is to know of a later sheet
                    n_cells += len(row)
                    if n_cells > max_cells:
                        raise _too_large(name, sheet.title, max_cells)
                found[sheet.title] = rows
                if any(found.values()) and not values:
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
