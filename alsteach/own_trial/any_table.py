"""Any DataFrame as plain columns: labels, indexes and cell types that pandas allows and an analysis need not know."""

from __future__ import annotations

import datetime
import decimal
import fractions

import numpy as np
import pandas as pd

from ..data.checks import TrialDataError


def usable(df: pd.DataFrame) -> pd.DataFrame:
    """Return the table with an index without names and columns of plain cells; the table given stays as it is.

    Raises
    ------
    TrialDataError
        If column names stand in several levels.

    Examples
    --------
    >>> table = pd.DataFrame({"time": pd.Series([datetime.timedelta(days=3)], dtype=object)})
    >>> usable(table.rename_axis("time")).time.dt.days.tolist()
    [3]
    """
    if not isinstance(df, pd.DataFrame):
        return df
    if isinstance(df.columns, pd.MultiIndex):
        raise TrialDataError(
            f"The column names stand in {df.columns.nlevels} levels; give each column one name, for instance with "
            "df.columns = ['_'.join(map(str, names)) for names in df.columns]."
        )
    found = df.copy(deep=False)
    found.index = _plain_index(df.index)
    if isinstance(df.columns, pd.CategoricalIndex) or df.columns.name is not None:
        found.columns = pd.Index(list(df.columns), dtype=object)
    if found.columns.hasnans:
        raise TrialDataError("A column has no name (its label is NaN or None); give each column a name.")
    if not found.columns.is_unique:
        return found  # refused by name where such a column is chosen
    changed = {column: _plain_cells(found[column]) for column in found.columns}
    changed = {column: values for column, values in changed.items() if values is not None}
    return _with(found, changed) if changed else found


def _with(df: pd.DataFrame, changed: dict) -> pd.DataFrame:
    kept = {column: changed.get(column, df[column]) for column in df.columns}
    table = pd.concat(list(kept.values()), axis=1) if kept else df
    table.columns = df.columns
    table.attrs = df.attrs
    return table


def _plain_index(index: pd.Index) -> pd.Index:
    if isinstance(index, pd.MultiIndex):
        return pd.Index([", ".join(map(str, label)) for label in index], dtype=object)
    if isinstance(index, pd.CategoricalIndex | pd.IntervalIndex | pd.PeriodIndex):
        return pd.Index([str(label) for label in index], dtype=object)
    return index.rename(None)


def _plain_cells(values: pd.Series) -> pd.Series | None:
    """Return a column as numbers, times, words or groups; None if it is one of these."""
    dtype = values.dtype
    if isinstance(dtype, pd.SparseDtype):
        values = values.sparse.to_dense()
        return values if (plain := _plain_cells(values)) is None else plain
    if isinstance(dtype, pd.CategoricalDtype):
        categories = dtype.categories
        if categories.dtype == object and all(isinstance(c, str) for c in categories):
            return None
        if categories.dtype.kind in "biuf":
            return values.astype(categories.dtype if not values.isna().any() else float)
        return _plain_cells(values.astype(object))
    if isinstance(dtype, np.dtype) and not dtype.isnative:
        return values.astype(dtype.newbyteorder("="))
    if isinstance(dtype, pd.PeriodDtype):
        return values.dt.to_timestamp()
    if isinstance(dtype, pd.IntervalDtype):
        return values.astype(str).where(values.notna(), None)
    if dtype.kind == "c":
        real = np.real(values.to_numpy())
        same = np.isclose(np.imag(values.to_numpy()), 0)
        return pd.Series(real if same.all() else values.astype(str), index=values.index)
    if dtype.kind in "fiub" and not isinstance(dtype, np.dtype):  # Int64, boolean, Float64, of Arrow too
        if not values.isna().any():
            return values.astype({"f": float, "i": np.int64, "u": np.int64, "b": bool}[dtype.kind])
        return pd.Series(values.astype("Float64").to_numpy(float, na_value=np.nan), index=values.index)
    if dtype.kind in "mM" and not isinstance(dtype, np.dtype) and not isinstance(dtype, pd.DatetimeTZDtype):
        return pd.Series(values.to_numpy(), index=values.index)
    if dtype.kind == "O" or not isinstance(dtype, np.dtype):
        return None if isinstance(dtype, pd.DatetimeTZDtype) else _plain_objects(values)
    return None


def _plain_objects(values: pd.Series) -> pd.Series | None:
    cells = values.astype(object)
    known = cells[cells.notna()]
    kinds = {type(cell) for cell in known}
    if not kinds or kinds == {str}:
        return None if values.dtype == object else cells.where(cells.notna(), None)
    if all(issubclass(kind, datetime.timedelta | np.timedelta64) for kind in kinds):
        return pd.to_timedelta(cells, errors="coerce")
    if all(issubclass(kind, datetime.date | np.datetime64) for kind in kinds):
        return pd.to_datetime(
            cells.astype(str).where(cells.notna(), None), errors="coerce", format="mixed", utc=True
        )
    numbers = (int, float, np.number, np.bool_, decimal.Decimal, fractions.Fraction)
    if all(issubclass(kind, numbers) for kind in kinds) and not kinds <= {bool, np.bool_}:
        try:
            return cells.where(cells.notna(), np.nan).astype(float)
        except (TypeError, ValueError, OverflowError):
            pass
    if kinds <= {bool, np.bool_} and len(known) == len(cells):
        return cells.astype(bool)
    if kinds <= {str, int, float, bool} or kinds <= {bool, np.bool_}:
        return None if values.dtype == object else cells
    return cells.map(_text, na_action="ignore")


def _text(cell):
    if isinstance(cell, bytes):
        return cell.decode(errors="replace")
    return cell if isinstance(cell, str | int | float) else str(cell)
