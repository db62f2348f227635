"""Every setting of the ml part, in one frozen object.

A setting is given, from weakest to strongest: the default below, an entry of the dbt var
``ml_settings`` (``dbt_project.yml`` or ``SEGMENTATION_VARS``), an environment variable
``ML_<NAME>``, a flag ``--<name>`` of the command.
"""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from pipeline.core.errors import InputError
from pipeline.core.settings import project_vars

__all__ = ["Settings", "add_setting_flags", "settings_from_flags"]

_CHOICES = {
    "rule": ("band", "strict"),
    "look_ahead": ("auto", "never"),
    "activation_ranking": ("auto", "always", "never"),
}


def _setting(default: Any, text: str, low: float = -math.inf, high: float = math.inf) -> Any:
    """Declare a setting with its meaning and the range of its values."""
    return field(default=default, metadata={"text": text, "low": low, "high": high})


@dataclass(frozen=True)
class Settings:
    """What the fit, the choice of k, scoring, backtest and activation go by.

    Raises
    ------
    InputError
        If a value is out of range or two contradict each other; one line.

    Notes
    -----
    ``python -m ml.train --help`` lists every setting with its meaning and default.
    """

    seed: int = _setting(42, "seed of the k-means starts, the bootstrap and the control share", 0)

    look_ahead: str = _setting(
        "never",
        "what segments are made of: never (past orders alone) or auto (past orders and the "
        "outlook, where one can be learned; goes with a band of 0.15)",
    )
    k_min: int = _setting(4, "smallest number of segments tried", 2, 10)
    k_max: int = _setting(8, "largest number of segments tried", 2, 10)
    rule: str = _setting(
        "band",
        "how k is chosen among the eligible: strict (best silhouette) or band (the largest k "
        "whose silhouette is within `band` of the best)",
    )
    band: float = _setting(0.05, "width of the band below the best silhouette", 0, 2)
    min_share: float = _setting(
        0.03, "guard: smallest share of customers a segment may hold", 0, 0.5
    )
    max_share: float = _setting(0.40, "guard: largest share of customers a segment may hold", 0, 1)
    min_stability: float = _setting(
        0.80, "guard: smallest mean adjusted Rand index over bootstrap refits", 0, 1
    )
    min_eigenvalue: float = _setting(
        5e-4, "guard: smallest eigenvalue of a component's covariance", 0, 1
    )

    starts: int = _setting(10, "k-means starts; the lowest cost is kept", 1, 1000)
    refit_starts: int = _setting(
        5, "k-means starts of a bootstrap refit (fewer can only make a k look less stable)", 1, 1000
    )
    em_steps: int = _setting(3, "EM steps that the mixture takes from the k-means start", 1, 1000)
    covariance_floor: float = _setting(1e-3, "smallest variance of a component", 1e-9, 1)
    em_tolerance: float = _setting(
        1e-3,
        "a fit counts as converged if one more step would raise the mean log-likelihood of a "
        "customer by less",
        0,
        1,
    )
    stability_draws: int = _setting(10, "bootstrap refits taken first", 2, 1000)
    max_stability_draws: int = _setting(
        40, "bootstrap refits at most, where the mean is near the guard", 2, 1000
    )

    fit_sample: int = _setting(
        200_000, "customers on which k is searched, at most (by hash of the id)", 100
    )
    start_sample: int = _setting(
        20_000, "customers on which k-means starts and bootstrap refits run, at most", 100
    )
    fit_partitions: int = _setting(
        8, "partitions of the last EM run where there are more customers than fit_sample", 1, 10_000
    )
    parallel_fits: int = _setting(4, "independent fits that run side by side", 1, 64)

    min_customers: int = _setting(20, "fewer customers than this are not segmented", 4)
    min_segment_customers: int = _setting(
        10, "k is kept so low that segments hold this many customers on average", 1
    )

    name_share: float = _setting(
        0.80,
        "smallest share of a segment's customers that meet every condition of its persona",
        0.5,
        1,
    )
    new_days_min: int = _setting(
        14, "a customer is new for at least so many days after the first order", 1
    )
    new_days_max: int = _setting(
        90, "a customer is new for at most so many days after the first order", 1
    )
    min_repeat_customers: int = _setting(
        20, "customers with orders on two days or more that tell the usual time between orders", 1
    )
    shortest_days_between_orders: float = _setting(
        7, "a customer who orders more often is taken to order once in so many days", 0.1
    )
    default_days_between_orders: float = _setting(
        60, "usual days between orders where too few customers tell", 0.1
    )

    outlier_share: float = _setting(
        0.001,
        "a customer is an outlier whose density is so low that the mixture itself would draw "
        "this share of customers lower",
        0,
        0.5,
    )
    psi_threshold: float = _setting(
        0.25, "population stability index above which a refit is due", 0
    )
    outlier_threshold: float = _setting(0.05, "share of outliers above which a refit is due", 0, 1)

    backtest_horizon: int = _setting(90, "days after a cut-off that the backtest measures", 1, 3660)
    backtest_cutoffs: int = _setting(
        1, "cut-offs that a training run measures, latest first; 0 for none", 0, 100
    )
    backtest_draws: int = _setting(500, "bootstrap draws of the backtest's intervals", 20, 100_000)

    outlook_rows: int = _setting(
        200_000,
        "customers at snapshots that the outlook is learned from, at most (by hash of the id)",
        100,
    )
    outlook_min_snapshots: int = _setting(
        2, "snapshots with the whole backtest_horizon after them that an outlook needs", 2
    )
    outlook_min_customers: int = _setting(
        50,
        "customers that an outlook needs of each: who ordered after a snapshot, who did not, and "
        "who ordered on two days",
        10,
    )
    activation_ranking: str = _setting(
        "auto",
        "whether the activation list is sorted by expected spend: auto (where that captured as "
        "much as past spend in the run's own backtest, or more), always or never",
    )

    control_share: float = _setting(
        0.10, "share of customers held out of campaigns, to measure uplift", 0, 0.9
    )

    kept_runs: int = _setting(20, "runs whose results stay in the ml tables", 5)
    min_history_days: int = _setting(180, "warn if the history is shorter", 0)
    few_customers: int = _setting(500, "warn if there are fewer customers", 0)
    min_repeat_share: float = _setting(
        0.20, "warn if a smaller share of customers ordered twice or more", 0, 1
    )
    quiet_days: int = _setting(30, "warn if nobody ordered in this many days", 1)

    def __post_init__(self) -> None:
        """Check ranges; wrong types are found where text is read."""
        for item in fields(self):
            value, low, high = getattr(self, item.name), item.metadata["low"], item.metadata["high"]
            if isinstance(value, str):
                continue
            if not (low <= value <= high):
                limits = f"at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
                raise InputError(f"ml setting {item.name} is {value:g}; expected {limits}")
        for name, known in _CHOICES.items():
            if getattr(self, name) not in known:
                raise InputError(
                    f"ml setting {name} is {getattr(self, name)!r}; expected {' or '.join(known)}"
                )
        for lower, upper in (
            ("k_min", "k_max"),
            ("min_share", "max_share"),
            ("min_eigenvalue", "covariance_floor"),
            ("stability_draws", "max_stability_draws"),
            ("start_sample", "fit_sample"),
            ("new_days_min", "new_days_max"),
        ):
            if getattr(self, lower) > getattr(self, upper):
                raise InputError(
                    f"ml setting {lower} is {getattr(self, lower):g} and {upper} is "
                    f"{getattr(self, upper):g}; {lower} can't be the larger"
                )

    @classmethod
    def from_project(cls, **given: object) -> Settings:
        """Read settings from dbt vars and the environment, with `given` on top.

        Parameters
        ----------
        **given
            Settings by name; text is converted, None is left out.

        Returns
        -------
        Settings
            With the defaults where nothing is set.

        Raises
        ------
        InputError
            If a name or a value is wrong; one line that says where it came from.
        """
        variables = project_vars().get("ml_settings") or {}
        known = {item.name: item for item in fields(cls)}
        if not isinstance(variables, dict):
            raise InputError("dbt var ml_settings is no mapping; expected {name: value}")
        unknown = sorted(set(variables) - set(known))
        if unknown:
            raise InputError(
                f"dbt var ml_settings names {unknown[0]!r}, which is no ml setting; "
                "`python -m ml.train --help` lists them"
            )
        values: dict[str, Any] = {}
        for name, item in known.items():
            for source, origin in (
                (variables.get(name), f"dbt var ml_settings.{name}"),
                (os.environ.get(f"ML_{name.upper()}"), f"environment variable ML_{name.upper()}"),
                (given.get(name), f"setting {name}"),
            ):
                if source is not None and source != "":
                    values[name] = _convert(source, type(item.default), origin)
        return cls(**values)

    def to_json(self) -> str:
        """Return every setting as JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Read what `to_json` wrote, leaving out settings that no longer exist."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in json.loads(text).items() if name in known})


def _convert(value: object, kind: type, origin: str) -> object:
    """Turn text or a number into a setting's type."""
    if kind is str:
        return str(value)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError(f"{origin} is {value!r}; expected a number") from None
    if not math.isfinite(number) or isinstance(value, bool):
        raise InputError(f"{origin} is {value!r}; expected a number")
    if kind is int:
        if number != int(number):
            raise InputError(f"{origin} is {value!r}; expected a whole number")
        return int(number)
    return number


def add_setting_flags(parser: argparse.ArgumentParser) -> None:
    """Add a flag for every setting to a command's parser."""
    group = parser.add_argument_group(
        "settings (each also an entry of the dbt var ml_settings, or ML_<NAME>)"
    )
    for item in fields(Settings):
        group.add_argument(
            f"--{item.name.replace('_', '-')}",
            dest=f"setting_{item.name}",
            metavar=type(item.default).__name__.upper(),
            help=f"{item.metadata['text']} (default {item.default})".replace("%", "%%"),
        )


def settings_from_flags(arguments: argparse.Namespace | Mapping[str, object]) -> Settings:
    """Read the settings of a command from its flags, the environment and dbt vars.

    Returns
    -------
    Settings
        A flag goes before the environment, and that before the dbt vars.

    Raises
    ------
    InputError
        If a name or a value is wrong; one line that says where it came from.
    """
    given = vars(arguments) if isinstance(arguments, argparse.Namespace) else arguments
    prefix = "setting_"
    return Settings.from_project(
        **{name[len(prefix) :]: value for name, value in given.items() if name.startswith(prefix)}
    )
