"""Choose the number of segments: guards, rule, and what is still to be measured.

Pure functions of measured candidates. Stability is expensive to measure (a refit for each bootstrap
draw), so the choice is made with as few measured stabilities as settle it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from ml.mixture import Mixture
from ml.settings import Settings

__all__ = ["Candidate", "Choice", "choose", "next_to_measure", "violations"]

STABILITY = "stability"


@dataclass
class Candidate:
    """A fitted k and what was measured on it.

    Attributes
    ----------
    k : int
        Components asked for.
    mixture : Mixture
        As fitted; may have fewer components where k-means lost one.
    labels : ndarray of int, shape (n,)
        Most probable component of each customer of the sample.
    silhouette : float or None
        None where fewer than two components are used.
    log_likelihood, bic, aic : float
    steps : int
        EM steps taken.
    is_converged : bool
        True if one more step would hardly raise the likelihood.
    used : int
        Components that are some customer's most probable one.
    smallest_share, largest_share : float
        Over all k components; an unused one has share 0.
    smallest_eigenvalue : float
        Over the components' covariances.
    draws : list of float
        Adjusted Rand index of each bootstrap refit; empty if not measured.
    """

    k: int
    mixture: Mixture
    labels: np.ndarray
    silhouette: float | None
    log_likelihood: float
    bic: float
    aic: float
    steps: int
    is_converged: bool
    used: int
    smallest_share: float
    largest_share: float
    smallest_eigenvalue: float
    draws: list[float] = field(default_factory=list)

    @property
    def stability(self) -> float | None:
        """Mean adjusted Rand index over the draws, None if not measured."""
        return float(np.mean(self.draws)) if self.draws else None

    @property
    def separation(self) -> float:
        """The silhouette; minus infinity where it is not defined, so that any other is better."""
        return -math.inf if self.silhouette is None else self.silhouette

    def is_near(self, guard: float) -> bool:
        """Say whether the mean of the draws is within two standard errors of a guard."""
        if self.stability is None or len(self.draws) < 2:
            return True
        error = float(np.std(self.draws, ddof=1)) / len(self.draws) ** 0.5
        return abs(self.stability - guard) <= 2.0 * error


@dataclass(frozen=True)
class Choice:
    """Which k was chosen and why every other one was not.

    Attributes
    ----------
    k : int
    reasons : dict of int to str
        One sentence for every k.
    eligible : frozenset of int
        Those that met every guard, as far as measured.
    violated_guards : str or None
        The guards that the chosen k violates, in words; None where it meets them all.
    """

    k: int
    reasons: dict[int, str]
    eligible: frozenset[int]
    violated_guards: str | None


def violations(candidate: Candidate, settings: Settings) -> dict[str, float]:
    """Measure by how much a candidate misses each guard, as a share of the guard.

    Parameters
    ----------
    candidate : Candidate
    settings : Settings
        `min_share`, `max_share`, `min_eigenvalue` and `min_stability`; one of 0 is never missed.

    Returns
    -------
    dict of str to float
        Guards that are missed only, with the shortfall, above 0; lower is better. Of unused
        components it is their share of k, and 1 where the silhouette is not defined. A stability
        that was not measured is not missed.
    """
    shortfalls = {
        "components used": (candidate.k - candidate.used) / candidate.k,
        "smallest share": _below(candidate.smallest_share, settings.min_share),
        "largest share": _below(-candidate.largest_share, -settings.max_share),
        "smallest eigenvalue": _below(candidate.smallest_eigenvalue, settings.min_eigenvalue),
        "silhouette defined": 1.0 if candidate.silhouette is None else 0.0,
    }
    if candidate.stability is not None:
        shortfalls[STABILITY] = _below(candidate.stability, settings.min_stability)
    return {guard: missed for guard, missed in shortfalls.items() if missed > 0}


def _below(value: float, guard: float) -> float:
    # A guard of 0 asks nothing.
    return max(0.0, (guard - value) / abs(guard)) if guard else 0.0


def _rule(eligible: list[Candidate], settings: Settings) -> Candidate | None:
    """Apply the rule to candidates that meet every guard."""
    if not eligible:
        return None
    best = max(candidate.separation for candidate in eligible)
    band = settings.band if settings.rule == "band" else 0.0
    near = [candidate for candidate in eligible if candidate.separation >= best - band]
    return max(near, key=lambda candidate: candidate.k)


def next_to_measure(candidates: list[Candidate], settings: Settings) -> int | None:
    """Name the k whose stability is to be measured next, None once the choice is settled.

    The choice is settled when it is the same whatever the stabilities not yet measured turn out
    to be. Until then the k that would win if they were all good is measured, and where nothing
    can win any more the k with the least violation so far, until none could undercut the best.

    Parameters
    ----------
    candidates : list of Candidate
    settings : Settings

    Returns
    -------
    int or None
    """
    sound = [c for c in candidates if not violations(c, settings)]
    stable = [c for c in sound if c.draws]
    open_ones = [c for c in sound if not c.draws]
    if open_ones:
        hoped = _rule(sound, settings)
        queue = sorted(open_ones, key=lambda c: (c is not hoped, -c.separation))
        return next((c.k for c in queue if _moves_choice(c, stable, open_ones, settings)), None)
    if stable:
        return None
    totals = {c.k: sum(violations(c, settings).values()) for c in candidates}
    measured = [totals[c.k] for c in candidates if c.draws]
    waiting = [c for c in candidates if not c.draws and c.silhouette is not None]
    if not waiting:
        return None
    least = min(waiting, key=lambda c: (totals[c.k], c.k))
    return least.k if not measured or totals[least.k] < min(measured) else None


def _moves_choice(
    candidate: Candidate,
    stable: list[Candidate],
    open_ones: list[Candidate],
    settings: Settings,
) -> bool:
    """Say whether a candidate's stability changes the choice for some verdicts on the others."""
    others = [c for c in open_ones if c is not candidate]
    for verdicts in product((True, False), repeat=len(others)):
        passed = [c for c, good in zip(others, verdicts, strict=True) if good]
        without = _rule([*stable, *passed], settings)
        if _rule([*stable, *passed, candidate], settings) is not without:
            return True
    return False


def choose(candidates: list[Candidate], settings: Settings) -> Choice:
    """Choose among measured candidates and say why.

    Parameters
    ----------
    candidates : list of Candidate
        With stabilities measured as far as `next_to_measure` asked for.
    settings : Settings

    Returns
    -------
    Choice
    """
    missed = {c.k: violations(c, settings) for c in candidates}
    eligible = [c for c in candidates if not missed[c.k]]
    winner = _rule(eligible, settings)
    violated_guards = None
    if winner is None:
        # A candidate of unknown stability is never taken over one that was measured.
        winner = min(
            candidates,
            key=lambda c: (c.silhouette is None, not c.draws, sum(missed[c.k].values()), c.k),
        )
        violated_guards = "; ".join(_missed_in_words(winner, missed[winner.k], settings))
    reasons = {
        c.k: _reason(c, winner, eligible, missed[c.k], violated_guards, settings)
        for c in candidates
    }
    return Choice(winner.k, reasons, frozenset(c.k for c in eligible), violated_guards)


def _reason(
    candidate: Candidate,
    winner: Candidate,
    eligible: list[Candidate],
    missed: dict[str, float],
    violated_guards: str | None,
    settings: Settings,
) -> str:
    if candidate is winner and violated_guards:
        return f"chosen: no k meets every guard, and this one misses least ({violated_guards})"
    if candidate is winner:
        best = max(c.separation for c in eligible)
        if settings.rule == "strict" or candidate.separation == best:
            return f"chosen: silhouette {candidate.separation:.3f} is the best of the eligible"
        return (
            f"chosen: the largest eligible k whose silhouette ({candidate.separation:.3f}) is "
            f"within {settings.band:g} of the best ({best:.3f})"
        )
    if missed:
        return f"not eligible: {'; '.join(_missed_in_words(candidate, missed, settings))}"
    if violated_guards:
        return "not chosen: its stability was not measured"
    if candidate.separation > winner.separation or candidate.k < winner.k:
        return f"eligible, but k = {winner.k} has more segments within the band"
    return (
        f"silhouette {candidate.separation:.3f} is lower than the rule asks "
        f"(chosen: {winner.separation:.3f})"
    )


def _missed_in_words(
    candidate: Candidate, missed: dict[str, float], settings: Settings
) -> list[str]:
    words = {
        "components used": f"only {candidate.used} of {candidate.k} components are used",
        "smallest share": (
            f"smallest segment {candidate.smallest_share:.1%}, guard {settings.min_share:.1%}"
        ),
        "largest share": (
            f"largest segment {candidate.largest_share:.1%}, guard {settings.max_share:.1%}"
        ),
        "smallest eigenvalue": (
            f"covariance near singular (eigenvalue {candidate.smallest_eigenvalue:.2g}, guard "
            f"{settings.min_eigenvalue:g})"
        ),
        "silhouette defined": "fewer than two components are used",
    }
    if candidate.draws:
        words[STABILITY] = (
            f"stability {candidate.stability:.3f} over {len(candidate.draws)} refits, guard "
            f"{settings.min_stability:g}"
        )
    return [words[guard] for guard in missed]
