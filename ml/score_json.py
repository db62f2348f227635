"""Score customers from a model's JSON alone: ``python -m ml.score_json model.json ...``.

Needs numpy and nothing else of this project, so that another system can copy this one file. It
computes the same closed formula as the run that fitted the model and agrees with it to 1e-9.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["main", "score_from_json"]


def score_from_json(
    model: dict,
    recency_days: ArrayLike,
    frequency: ArrayLike,
    monetary: ArrayLike,
    tenure_days: ArrayLike,
    purchase_day_count: ArrayLike,
) -> dict[str, np.ndarray]:
    """Compute the probability of every segment for customers.

    Parameters
    ----------
    model : dict
        Parsed ``model.json`` of an export or of ``ml.model_runs``.
    recency_days : array-like of shape (n,)
        Whole days from the last order's date to the day of scoring.
    frequency : array-like of shape (n,)
        Orders that still count, 1 or more.
    monetary : array-like of shape (n,)
        Net amount of those orders, above 0, in the currency of the model.
    tenure_days : array-like of shape (n,)
        Whole days from the first order's date to the day of scoring: who is new belongs to the
        new customers by rule.
    purchase_day_count : array-like of shape (n,)
        Days with an order that still counts, 1 or more; two orders of one day are one such day.

    Returns
    -------
    dict of str to ndarray
        ``segment_probabilities`` of shape (n, k), in the order of segment_id, rows sum to 1;
        ``segment_id`` (1 is best), ``persona``, ``membership_probability``, ``log_density``
        (lower is more unusual) and ``is_outlier`` of shape (n,).

    Raises
    ------
    ValueError
        If a measure is out of its range.
    """
    recency, orders, amount, tenure, days = np.broadcast_arrays(
        *(
            np.atleast_1d(np.asarray(values, dtype=float))
            for values in (recency_days, frequency, monetary, tenure_days, purchase_day_count)
        )
    )
    if not (np.all(recency >= 0) and np.all(orders >= 1) and np.all(amount > 0)):
        raise ValueError("expected recency_days >= 0, frequency >= 1 and monetary > 0")
    if not (np.all(days >= 1) and np.all(days <= orders)):
        raise ValueError("expected purchase_day_count from 1 to frequency")
    measures = {"recency_days": recency, "frequency": orders, "monetary": amount}
    values = np.stack([_transformed(text, measures) for text in model["measures"]], axis=1)
    scaling, mixture = model["scaling"], model["mixture"]
    if "weights" not in scaling:
        raise ValueError("expected a model of schema version 3: train again")
    if len(scaling["means"]) > values.shape[1]:
        ahead = _expected(model["outlook"], recency, orders, amount, tenure, days)
        values = np.concatenate([values, ahead], axis=1)
    z = (values - np.array(scaling["means"])) / np.array(scaling["deviations"])
    features = z @ np.array(scaling["weights"]).T
    if (bend := scaling["value_bend"]) is not None:
        above = np.maximum(features[:, 1] - bend, 0.0)
        features[:, 1] = np.minimum(features[:, 1], bend) + np.log1p(above)

    means = np.array(mixture["means"])
    covariances = np.array(mixture["covariances"])
    gaps = features[:, None, :] - means[None, :, :]
    distances = np.einsum("nki,kij,nkj->nk", gaps, np.linalg.inv(covariances), gaps)
    dimensions = means.shape[1]
    constants = np.log(np.array(mixture["weights"])) - 0.5 * (
        dimensions * np.log(2.0 * np.pi) + np.log(np.linalg.det(covariances))
    )
    joint = constants - 0.5 * distances
    top = joint.max(axis=1)
    log_density = top + np.log(np.exp(joint - top[:, None]).sum(axis=1))
    is_new = tenure <= model["pace"]["new_days"]
    component_ids = np.array(model["component_ids"])
    (new_id,) = set(range(1, len(component_ids) + 2)) - set(model["component_ids"])
    probabilities = np.zeros((len(features), len(component_ids) + 1))
    probabilities[:, component_ids - 1] = np.exp(joint - log_density[:, None])
    probabilities[is_new] = 0.0
    probabilities[is_new, new_id - 1] = 1.0
    segment_id = np.where(is_new, new_id, component_ids[joint.argmax(axis=1)])
    return {
        "segment_probabilities": probabilities,
        "segment_id": segment_id,
        "persona": np.array(model["personas"])[segment_id - 1],
        "membership_probability": probabilities[np.arange(len(segment_id)), segment_id - 1],
        "log_density": log_density,
        "is_outlier": ~is_new & (log_density < model["thresholds"]["outlier_log_density"]),
    }


def _transformed(text: str, measures: dict[str, np.ndarray]) -> np.ndarray:
    """Compute what the model takes of a measure, such as ``sqrt(recency_days)``."""
    function, name = text.rstrip(")").split("(")
    return {"sqrt": np.sqrt, "log": np.log}[function](measures[name])


def _expected(
    outlook: dict,
    recency: np.ndarray,
    orders: np.ndarray,
    amount: np.ndarray,
    tenure: np.ndarray,
    days: np.ndarray,
) -> np.ndarray:
    """Compute the log odds of an order and the log of expected spend. Shape (n, 2)."""
    rates, worths = outlook["bg_nbd"], outlook["gamma_gamma"]
    rate, age = rates["r"] + days - 1.0, rates["alpha"] + tenure
    last_day = np.maximum(tenure - recency, 0.0)
    surprise = rate * np.log(age / (rates["alpha"] + last_day))
    p, q, v = worths["p"], worths["q"], worths["v"]
    features = np.stack(
        [
            np.log(rate / age),
            np.minimum(surprise, outlook["most_surprise"]),
            np.log(p * (v + amount) / (p * days + q - 1.0)),
            np.sqrt(recency),
            np.log(orders),
        ],
        axis=1,
    )
    scaled = (features - np.array(outlook["means"])) / np.array(outlook["deviations"])
    parts = [outlook["chance"], outlook["spend"]]
    lines = [part["intercept"] + scaled @ np.array(part["coefficients"]) for part in parts]
    return np.stack(lines, axis=1)


def main(arguments: list[str] | None = None) -> int:
    """Score one customer from the command line and print JSON."""
    parser = argparse.ArgumentParser(prog="python -m ml.score_json", description=__doc__)
    parser.add_argument("model", type=Path, help="model.json of an export")
    parser.add_argument("--recency-days", type=float, required=True, help="days since last order")
    parser.add_argument("--frequency", type=float, required=True, help="number of orders")
    parser.add_argument("--monetary", type=float, required=True, help="net amount")
    parser.add_argument("--tenure-days", type=float, required=True, help="days since first order")
    parser.add_argument(
        "--purchase-days", type=float, required=True, help="number of days with an order"
    )
    given = parser.parse_args(arguments)
    try:
        model = json.loads(given.model.read_text(encoding="utf-8"))
        scored = score_from_json(
            model,
            given.recency_days,
            given.frequency,
            given.monetary,
            given.tenure_days,
            given.purchase_days,
        )
    except (OSError, KeyError, ValueError) as error:
        print(f"error: {given.model}: {error}", file=sys.stderr)
        return 2
    print(json.dumps({name: values[0].tolist() for name, values in scored.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
