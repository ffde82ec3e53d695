"""How a treatment effect may run along a biomarker: straight, straight in the logarithm, or a smooth spline."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ..data import checks
from ..data.checks import TrialDataError
from ..data.parameters import documented
from .cox import Z95, CoxFit, effect_table, fit_cox, two_sided_p
from .readings import Row

SHAPES = ("linear", "log", "spline")
KNOT_QUANTILES = {3: (0.1, 0.5, 0.9), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.5, 0.725, 0.95)}
FEW = 5  # an end of the biomarker beyond which fewer patients lie than this is extrapolation


def restricted_cubic_spline(x, knots) -> np.ndarray:
    """Return the terms of a restricted cubic spline: a cubic curve between the outer knots, a straight line beyond.

    Parameters
    ----------
    x : sequence of float
    knots : sequence of float
        Three or more places where the pieces meet, in increasing order.

    Returns
    -------
    (n, len(knots) − 1) array
        First ``x`` itself, then the non-linear terms, divided by the squared distance of the outer knots so that all
        have the unit of ``x``.

    Raises
    ------
    TrialDataError
        If the knots are too few, not increasing or not finite.

    References
    ----------
    Devlin TF, Weeks BJ. Spline functions for logistic regression modeling. 1986; in this form in
    Harrell's ``rcspline.eval`` (R package Hmisc).

    Examples
    --------
    >>> restricted_cubic_spline([0, 1, 2, 3, 4], [1, 2, 3]).round(3).tolist()
    [[0.0, 0.0], [1.0, 0.0], [2.0, 0.25], [3.0, 1.5], [4.0, 3.0]]
    """
    x = np.asarray(x, dtype=float)
    knots = _checked_knots(knots)
    first, *_, before_last, last = knots
    inner = knots[:-2]

    def cubed(knot):
        return np.maximum(x[..., None] - knot, 0.0) ** 3

    # Beyond the last knot the cubes and squares of these three cancel.
    gap = last - before_last
    bent = (
        cubed(inner) - cubed(before_last) * (last - inner) / gap + cubed(last) * (before_last - inner) / gap
    )
    return np.concatenate([x[..., None], bent / (last - first) ** 2], axis=-1)


def _checked_knots(knots) -> np.ndarray:
    try:
        knots = np.asarray(knots, dtype=float)
    except (TypeError, ValueError):
        raise TrialDataError(f"knots must be numbers in increasing order; got {knots!r}.") from None
    shown = ", ".join(f"{knot:g}" for knot in np.atleast_1d(knots))
    if knots.ndim != 1 or len(knots) < 3:
        raise TrialDataError(
            f"A spline needs at least 3 knots; got {shown}. Add knots, or use shape='linear'."
        )
    if not np.isfinite(knots).all() or (np.diff(knots) <= 0).any():
        raise TrialDataError(f"knots must be different numbers in increasing order; got {shown}.")
    return knots


def spline_knots(values, knots=4, name: str = "the biomarker") -> np.ndarray:
    """Return where a spline's knots lie: at Harrell's quantiles of the values, or where the caller puts them.

    Parameters
    ----------
    values : sequence of float
        The patients' biomarker values.
    knots : int or sequence of float
        How many (3 to 5), or the places themselves, inside the range of the values.
    name : str
        What the values are, for the refusal.

    Returns
    -------
    array

    Raises
    ------
    TrialDataError
        If the places are outside the values, not increasing, or coincide because there are too few different values.

    Notes
    -----
    With fewer than 100 patients the outer knots are the fifth smallest and fifth largest value, as in Hmisc.

    Examples
    --------
    >>> spline_knots(range(101), 3).tolist()
    [10.0, 50.0, 90.0]
    """
    values = np.sort(np.asarray(values, dtype=float))
    if np.ndim(knots):
        knots = _checked_knots(knots)
        outside = knots[(knots < values[0]) | (knots > values[-1])]
        if len(outside):
            raise TrialDataError(
                f"The knot {outside[0]:g} lies outside {name}, which runs from {values[0]:g} to {values[-1]:g}; "
                "put the knots where patients are."
            )
        return knots
    if isinstance(knots, bool) or knots not in KNOT_QUANTILES:
        raise TrialDataError(
            f"knots={knots!r} is not possible; ask for 3, 4 or 5 knots, or name their places."
        )
    different = len(np.unique(values))
    places = np.quantile(values, KNOT_QUANTILES[knots])
    if FEW <= len(values) < 100:
        places[[0, -1]] = values[FEW - 1], values[-FEW]
    if different < knots or (np.diff(places) <= 0).any():
        raise TrialDataError(
            f"{name[0].upper()}{name[1:]} has {different} different values, bunched so that {knots} knots coincide; "
            "ask for fewer knots, name their places, or use shape='linear'."
        )
    return places


@dataclass(frozen=True, repr=False)
class EffectAlong:
    """The treatment effect along a biomarker under one shape; `effect_along` makes it.

    Attributes
    ----------
    table : DataFrame
        Columns ``value, hr, ci_low, ci_high, p``, a row a biomarker value asked for.
    aic : float
        Akaike's information criterion: twice the number of terms minus twice the log-likelihood. Smaller is better,
        and only differences on the same patients mean anything.
    p_interaction : float
        Likelihood-ratio test of all treatment-by-biomarker terms; the biomarker's own terms are in both models.
    p_nonlinear : float
        Likelihood-ratio test of the bent treatment-by-biomarker terms; NaN unless the shape is a spline.
    knots : tuple of float
        Empty unless the shape is a spline.
    shape : str
    n, events, n_dropped : int
    log_likelihood : float
    fit : CoxFit
        The model; its treatment coefficient is the effect at the patients' mean of every biomarker term.
    values : array
        The analysed patients' biomarker values.
    """

    table: pd.DataFrame
    aic: float
    p_interaction: float
    p_nonlinear: float
    knots: tuple
    shape: str
    biomarker: str
    n_dropped: int
    fit: CoxFit = field(compare=False)
    values: np.ndarray = field(compare=False)
    _centre: np.ndarray = field(compare=False)

    def __repr__(self) -> str:
        said = f"{self.shape}, AIC {self.aic:.1f}, p for interaction {self.p_interaction:.3g}"
        return f"EffectAlong {self.biomarker}: {said}"

    @property
    def n(self) -> int:
        return self.fit.n

    @property
    def events(self) -> int:
        return self.fit.events

    @property
    def log_likelihood(self) -> float:
        return self.fit.log_likelihood

    @property
    def _crossed(self) -> list[int]:
        """Where the treatment-by-biomarker terms stand in the model: at its end."""
        return list(range(len(self.fit.table) - len(self._centre), len(self.fit.table)))

    @property
    def p_wald(self) -> float:
        """Wald test of all treatment-by-biomarker terms; with one term, the p-value that its row prints."""
        from scipy.special import gammaincc

        coefs = self._crossed
        slopes = self.fit.table["log_hr"].to_numpy()[coefs]
        covariance = self.fit.covariance.to_numpy()[np.ix_(coefs, coefs)]
        return float(gammaincc(len(coefs) / 2, slopes @ np.linalg.solve(covariance, slopes) / 2))

    @property
    def slope_se(self) -> float:
        """The standard error of the first treatment-by-biomarker term: of the slope, where there is no other."""
        return float(self.fit.table["se"].iloc[self._crossed[0]])

    def at(self, values) -> pd.DataFrame:
        """Return the treatment effect at these biomarker values; nothing is fitted anew.

        Raises
        ------
        TrialDataError
            If the shape is logarithmic and a value is 0 or negative.
        """
        values = np.atleast_1d(np.asarray(values, dtype=float))
        if self.shape == "log" and (values <= 0).any():
            raise TrialDataError(
                f"The logarithm of {values.min():g} does not exist; read a logarithmic effect of {self.biomarker!r} at "
                "values above 0."
            )
        log_hr, se = self._read(values)
        table = effect_table(log_hr, se, None)[["hr", "ci_low", "ci_high", "p"]]
        table.insert(0, "value", values)
        return table

    def row_at(self, value: float) -> Row:
        """Return the treatment effect at one value: the first row of ``at``, many times as fast."""
        (log_hr,), (se,) = self._read(np.array([value], dtype=float))
        ratios = np.exp([log_hr, log_hr - Z95 * se, log_hr + Z95 * se])
        return Row(*(float(ratio) for ratio in ratios), float(two_sided_p(log_hr / se)))

    def _read(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the treatment's log hazard ratio at these values, and its standard error."""
        terms = _terms(values, self.shape, self.knots) - self._centre
        weights = np.column_stack([np.ones(len(values)), terms])
        coefs = [0, *self._crossed]
        covariance = self.fit.covariance.to_numpy()[np.ix_(coefs, coefs)]
        log_hr = weights @ self.fit.table["log_hr"].to_numpy()[coefs]
        return log_hr, np.sqrt(np.einsum("ij,jk,ik->i", weights, covariance, weights))


def _terms(values: np.ndarray, shape: str, knots) -> np.ndarray:
    if shape == "spline":
        return restricted_cubic_spline(values, knots)
    return (np.log(values) if shape == "log" else values)[:, None]


@documented
def effect_along(
    df: pd.DataFrame,
    duration_col: str = "time_days",
    event_col: str = "died",
    treatment: str = "treated",
    covariates=(),
    interaction: str | None = None,
    shape: str = "linear",
    knots=4,
    values=None,
    ties: str = "efron",
    missing: str = "warn",
) -> EffectAlong:
    """Fit a Cox model whose treatment effect changes along a biomarker, in a chosen shape.

    The biomarker's own effect on survival has the same shape as the change of the treatment effect, so that a bend of
    the one is not taken for a bend of the other.

    Parameters
    ----------
    |df, duration_col, event_col, treatment, covariates, interaction, ties, missing|
    shape : {"linear", "log", "spline"}
        The log hazard ratio is a straight line in the biomarker, in its logarithm, or a restricted cubic spline.
    knots : int or sequence of float
        For a spline: 3, 4 or 5 knots at Harrell's quantiles (3: 0.1, 0.5, 0.9; 4: 0.05, 0.35, 0.65, 0.95;
        5: 0.05, 0.275, 0.5, 0.725, 0.95), or their places.
    values : sequence of float, optional
        Where ``table`` reads the effect; 101 values from the smallest to the largest by default.

    Returns
    -------
    EffectAlong
        With ``table``, ``aic``, ``p_interaction``, ``p_nonlinear``, ``knots`` and ``at(values)``.

    Raises
    ------
    TrialDataError
        As `fit_cox`, and for a shape or knots that these values do not allow.

    References
    ----------
    Harrell FE. Regression Modeling Strategies. Springer 2015. Checked against ``coxph`` of R's survival package with
    the same spline written by hand and with ``splines::ns``.

    Examples
    --------
    >>> import alsteach as al
    >>> curve = effect_along(al.load_veteran(), interaction="karno", shape="spline", knots=3, values=[30, 60, 90])
    >>> curve.table.hr.round(2).tolist(), curve.knots
    ([1.27, 1.62, 0.35], (30.0, 60.0, 80.0))
    """
    if shape not in SHAPES:
        raise TrialDataError(f"shape={shape!r} is not known; use one of: {', '.join(SHAPES)}.")
    if interaction is None:
        raise TrialDataError("Name the biomarker along which the effect may change: interaction='karno'.")
    outcome = {"duration_col": duration_col, "event_col": event_col, "treatment": treatment, "ties": ties}
    others = covariates if isinstance(covariates, str) else [c for c in covariates if c != interaction]
    # The straight line first: it passes every check of the table, and says who is analysed.
    line = fit_cox(df, covariates=others, interaction=interaction, missing=missing, **outcome)
    kept = line.analysed
    marker = checks.numeric(kept, interaction)
    if shape == "log":
        _refuse_logarithm(kept, interaction, marker)
    places = (
        tuple(spline_knots(marker, knots, f"column {interaction!r}").tolist()) if shape == "spline" else ()
    )
    main = _terms(marker, shape, places)
    centre = main.mean(axis=0)
    crossed = (main - centre) * checks.treatment(kept, treatment)[:, None]

    def fitted(n_crossed: int) -> CoxFit:
        columns = [*main.T, *crossed.T[:n_crossed]]
        names = [_name(interaction, j, len(centre), treatment) for j in range(len(columns))]
        table = pd.concat(
            [kept, pd.DataFrame(dict(zip(names, columns, strict=True)), index=kept.index)], axis=1
        )
        return fit_cox(table, covariates=[*others, *names], **outcome)

    fit = fitted(len(centre))
    if values is None:
        values = np.linspace(marker.min(), marker.max(), 101)
    result = EffectAlong(
        table=pd.DataFrame(),
        aic=2 * len(fit.table) - 2 * fit.log_likelihood,
        p_interaction=_ratio_test(fit, fitted(0)),
        p_nonlinear=_ratio_test(fit, fitted(1)) if shape == "spline" else float("nan"),
        knots=places,
        shape=shape,
        biomarker=interaction,
        fit=replace(fit, analysed=kept),
        values=marker,
        n_dropped=line.n_dropped,
        _centre=centre,
    )
    return replace(result, table=result.at(values))


def _ratio_test(larger: CoxFit, smaller: CoxFit) -> float:
    from scipy.special import gammaincc

    statistic = max(2 * (larger.log_likelihood - smaller.log_likelihood), 0.0)
    return float(gammaincc((len(larger.table) - len(smaller.table)) / 2, statistic / 2))


def _refuse_logarithm(kept: pd.DataFrame, biomarker: str, marker: np.ndarray) -> None:
    without = marker <= 0
    if without.any():
        rows = ", ".join(str(row) for row in kept.index[without][:5])
        raise TrialDataError(
            f"Column {biomarker!r} is 0 or negative in {int(without.sum())} of {len(marker)} patients (rows {rows}"
            f"{', …' if without.sum() > 5 else ''}) and has no logarithm there; use shape='linear' or 'spline'."
        )


def _name(biomarker: str, position: int, n_main: int, treatment: str) -> str:
    crossed, term = divmod(position, n_main)
    text = biomarker if term == 0 else f"{biomarker}, bend {term}"
    return f"{treatment} × {text}" if crossed else f"{text} (as modelled)"


def where_patients_are(values, few: int = FEW) -> tuple[float, float]:
    """Return the ends of a biomarker beyond which fewer than ``few`` patients lie: outside them a curve is a guess.

    Parameters
    ----------
    values : sequence of float
    few : int

    Returns
    -------
    (float, float)

    Examples
    --------
    >>> where_patients_are(range(1, 101))
    (5.0, 96.0)
    """
    values = np.sort(np.asarray(values, dtype=float))
    few = min(few, (len(values) + 1) // 2)
    return float(values[few - 1]), float(values[-few])


def highest(values, share: float) -> np.ndarray:
    """Return who has the highest values: a mask of at most this share, in which equal values stay together.

    Examples
    --------
    >>> highest([3, 9, 1, 8, 2, 4, 5, 6, 7, 8], 0.1).tolist()[:5]
    [False, True, False, False, False]
    >>> int(highest([1, 1, 2, 2, 2], 0.4).sum())
    0
    """
    values = np.asarray(values, dtype=float)
    most = int(np.floor(share * len(values) + 1e-9))
    return values > np.sort(values)[len(values) - most - 1] if most else np.zeros(len(values), dtype=bool)


def share_of_spread(values, chosen) -> float:
    """Return which part of all squared distances from the mean, which hold a straight line, belongs to the chosen.

    Examples
    --------
    >>> share_of_spread([0, 0, 0, 4], [False, False, False, True])
    0.75
    """
    squares = (np.asarray(values, dtype=float) - np.mean(values)) ** 2
    return float(squares[np.asarray(chosen)].sum() / squares.sum())
