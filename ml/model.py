"""The fitted model as one plain object, saved as JSON and in Spark's own format."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
from pyspark.sql import SparkSession

from ml.features import TRANSFORMS, Scaling
from ml.fit import java_model
from ml.mixture import Mixture
from ml.outlook import Outlook
from ml.pace import Pace
from pipeline.core.errors import InputError
from pipeline.core.paths import state
from pipeline.store.tables import current_run_id, full_name, one_row, partition_values

__all__ = ["SegmentModel", "load_model", "model_folder", "outlier_threshold", "save_model"]

_SCHEMA_VERSION = 3
# Version 2 had features of past orders alone.
_READABLE = (2, 3)


@dataclass(frozen=True)
class SegmentModel:
    """Everything that is needed to score a customer, with segments in the order of their ids.

    Attributes
    ----------
    run_id : str
        Run that fitted it.
    as_of_date : str
        Day (YYYY-MM-DD) before which the orders it was fitted on were placed.
    scaling : Scaling
    mixture : Mixture
        Fitted on the customers who are not new.
    pace : Pace
        Says who is new.
    component_ids : tuple of int
        Segment id of each component; the one id they leave out is the new customers'.
    personas : list of str
        Names of the segments, in the order of their ids.
    outlier_log_density : float
        A customer with a lower log density is an outlier.
    population : dict
        By measure: median, mean and deviation of log1p over the customers of the fit.
    drift_reference : dict
        By measure: inner edges of the bins and the share of customers in each.
    fit : dict
        Customers, sample, partitions, seed: how the numbers came about.
    settings : dict
        Every setting of the run.
    versions : dict
        Of Python packages.
    outlook : Outlook or None
        None where the history was too short to learn one.
    """

    run_id: str
    as_of_date: str
    scaling: Scaling
    mixture: Mixture
    pace: Pace
    component_ids: tuple[int, ...]
    personas: list[str]
    outlier_log_density: float
    population: dict[str, dict[str, float]]
    drift_reference: dict[str, dict[str, list[float]]]
    fit: dict
    settings: dict
    versions: dict[str, str] = field(default_factory=dict)
    outlook: Outlook | None = None

    def to_json(self) -> str:
        """Return the model as JSON; numbers are exact (shortest repr of each double)."""
        return json.dumps(
            {
                "schema_version": _SCHEMA_VERSION,
                "run_id": self.run_id,
                "as_of_date": self.as_of_date,
                "measures": [f"{function}({name})" for name, function in TRANSFORMS.items()],
                "features": {
                    feature.name: f"{feature.formula}; {feature.direction}"
                    for feature in self.scaling.features
                },
                "scaling": self.scaling.to_dict(),
                "mixture": self.mixture.to_dict(),
                "pace": self.pace.to_dict(),
                "component_ids": list(self.component_ids),
                "personas": self.personas,
                "thresholds": {"outlier_log_density": self.outlier_log_density},
                "population": self.population,
                "drift_reference": self.drift_reference,
                "fit": self.fit,
                "settings": self.settings,
                "versions": self.versions,
                "outlook": self.outlook and self.outlook.to_dict(),
            },
            ensure_ascii=False,
            allow_nan=False,
        )

    @classmethod
    def from_json(cls, text: str) -> SegmentModel:
        """Read what `to_json` wrote.

        Raises
        ------
        InputError
            If the text is not such a model, or one of a version that is not known.
        """
        try:
            values = json.loads(text)
            if values["schema_version"] not in _READABLE:
                raise InputError(
                    f"model of schema version {values['schema_version']}; this code reads "
                    f"versions {' and '.join(map(str, _READABLE))}: score with the release that "
                    "trained it"
                )
            return cls(
                run_id=values["run_id"],
                as_of_date=values["as_of_date"],
                scaling=Scaling.from_dict(values["scaling"]),
                mixture=Mixture.from_dict(values["mixture"]),
                pace=Pace(**values["pace"]),
                component_ids=tuple(values["component_ids"]),
                personas=values["personas"],
                outlier_log_density=values["thresholds"]["outlier_log_density"],
                population=values["population"],
                drift_reference=values["drift_reference"],
                fit=values["fit"],
                settings=values["settings"],
                versions=values["versions"],
                # Models of before the outlook have none.
                outlook=Outlook.from_dict(values["outlook"]) if values.get("outlook") else None,
            )
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise InputError(f"not a model's JSON ({error}); train again") from error


def outlier_threshold(mixture: Mixture, share: float, seed: int) -> float:
    """Find the log density below which the mixture itself draws a given share of customers.

    Parameters
    ----------
    mixture : Mixture
    share : float
        From 0 to 1.
    seed : int

    Returns
    -------
    float
        By 200,000 draws from the mixture.
    """
    if share <= 0:
        return -1e300
    rng = np.random.default_rng((seed, 7))
    count, d = 200_000, mixture.means.shape[1]
    components = rng.choice(mixture.k, size=count, p=mixture.weights / mixture.weights.sum())
    roots = np.linalg.cholesky(mixture.covariances)
    noise = rng.standard_normal((count, d))
    points = mixture.means[components] + np.einsum("nij,nj->ni", roots[components], noise)
    return float(np.quantile(mixture.log_density(points), share))


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that the numbers depend on.

    Returns
    -------
    dict of str to str
        By package: ``pyspark`` and ``numpy``.
    """
    return {name: version(name) for name in ("pyspark", "numpy")}


def model_folder(run_id: str) -> Path:
    """Return where a run's model is kept as files."""
    return state().ml / "models" / run_id


def save_model(spark: SparkSession, model: SegmentModel) -> Path:
    """Write ``model.json`` and, in Spark's format, ``mixture`` under the state folder.

    They are written beside and put in place whole. Models of runs that no longer exist are
    removed.

    Returns
    -------
    Path
        The folder.
    """
    target = model_folder(model.run_id)
    beside = target.with_name(f".{target.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    (beside / "model.json").write_text(model.to_json() + "\n", encoding="utf-8")
    saved = java_model(spark, model.mixture)
    saved.save(spark.sparkContext._jsc.sc(), (beside / "mixture").as_uri())
    shutil.rmtree(target, ignore_errors=True)
    beside.rename(target)
    kept = {*partition_values(spark, "ml.model_runs"), model.run_id}
    for folder in target.parent.iterdir():
        if folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)
    return target


def load_model(spark: SparkSession, run_id: str | None = None) -> SegmentModel:
    """Read the model of a run from ``ml.model_runs``.

    Parameters
    ----------
    spark : SparkSession
    run_id : str, optional
        The latest run when left out.

    Returns
    -------
    SegmentModel
        With segments in the order of their ids.

    Raises
    ------
    InputError
        If there is no such run, or its model can't be read.
    """
    known = partition_values(spark, "ml.model_runs")
    if run_id is None:
        run_id = current_run_id(spark)
    if run_id is None:
        raise InputError(
            "no model has been trained yet; type `make run`, or `python -m ml.train` after a "
            "landing and a `dbt build`"
        )
    if run_id not in known:
        raise InputError(f"no run {run_id!r}; known runs: {', '.join(known[-5:]) or 'none'}")
    runs = spark.table(full_name("ml.model_runs"))
    row = one_row(runs.where(runs.run_id == run_id).select("model_json"))
    return SegmentModel.from_json(row.model_json)
