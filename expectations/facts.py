"""What a suite may know besides its own rows: the source, the thresholds, the last good run."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame

from expectations.settings import Thresholds, population_vars, thresholds
from pipeline.core.paths import state
from pipeline.store.shop_source import ShopSource, landed_source

__all__ = [
    "ADHOC_RUN",
    "GATES",
    "Facts",
    "Read",
    "gather",
    "result_file",
]

GATES = ("raw", "clean", "mart", "segments")
# Run id of a check by hand: it is compared with the last good run, never
# compared against.
ADHOC_RUN = "check"

Read = Callable[[str], DataFrame]
"""Returns the frame of a table by its short name, such as ``raw.order_lines``."""


@dataclass(frozen=True)
class Facts:
    """What is known before a suite looks at its rows.

    Parameters
    ----------
    run_id : str
        The run that is being checked.
    limits : Thresholds
        Where the lines are drawn.
    source : ShopSource
        What landed.
    has_product, has_quantity, has_country : bool
        Which optional columns the source has.
    as_of_date : date or None
        Day of the marts; None at the gate ``raw``, which comes before them.
    segment_count : int
        Rows of the segment profiles; 0 before the gate ``segments``, the only
        one that asks.
    population : dict
        Vars that decide who the marts hold.
    last : dict
        Statistics of the last good run that can be compared with this one, by
        suite and name; empty where there is none.
    last_run_id : str or None
        That run.
    """

    run_id: str
    limits: Thresholds
    source: ShopSource = field(default_factory=ShopSource)
    has_product: bool = True
    has_quantity: bool = True
    has_country: bool = True
    as_of_date: date | None = None
    segment_count: int = 0
    population: dict = field(default_factory=dict)
    last: dict = field(default_factory=dict)
    last_run_id: str | None = None

    def number(self, suite: str, name: str) -> float | None:
        """Return one statistic of the last good run, None where there is none."""
        return self.last.get(suite, {}).get(name)

    def by_key(self, suite: str, name: str) -> dict[str, Any] | None:
        """Return a statistic that has a value for each of several keys, such as files.

        Returns
        -------
        dict of str to object, or None
            By key; None where there is none.
        """
        return self.last.get(suite, {}).get(name)

    def identity(self) -> dict:
        """Return what another run must share with this one to be compared.

        Returns
        -------
        dict
            ``source_name``, ``source_files`` (sorted), ``as_of_date`` (YYYY-MM-DD, None before the
            marts) and ``population``.
        """
        return {
            "source_name": self.source.name,
            "source_files": list(self.source.files),
            "as_of_date": self.as_of_date.isoformat() if self.as_of_date else None,
            "population": self.population,
        }


def gather(read: Read, gate: str, run_id: str) -> Facts:
    """Collect the facts for one gate.

    Parameters
    ----------
    read : callable
        Gives the frame of a table by its short name.
    gate : str
        One of `GATES`.
    run_id : str
        The run that is being checked.

    Returns
    -------
    Facts

    Raises
    ------
    InputError
        If a threshold or another var is not what it may be.
    """
    loads = read("raw.loads").collect()
    as_of = None
    if gate != "raw":
        first = read("mart.fct_rfm_customers").select("as_of_date").limit(1).collect()
        as_of = first[0]["as_of_date"] if first else None
    facts = Facts(
        run_id=run_id,
        limits=thresholds(),
        source=landed_source(loads),
        has_product=any(row["has_product"] for row in loads),
        has_quantity=any(row["has_quantity"] for row in loads),
        has_country=any(row["has_country"] for row in loads),
        as_of_date=as_of,
        segment_count=read("mart.fct_segment_profiles").count() if gate == "segments" else 0,
        population=population_vars(),
    )
    last_run_id, last = _last_good_run(facts, gate)
    return Facts(**{**vars(facts), "last": last, "last_run_id": last_run_id})


def result_file(run_id: str, gate: str) -> Path:
    """Return where the results of one gate of one run are kept."""
    return state().gates / run_id / f"{gate}.json"


def _last_good_run(facts: Facts, gate: str) -> tuple[str | None, dict]:
    """Find the latest other run that passed every gate and is about the same thing.

    Run ids sort by time. A run is about the same thing when it is about the
    same shop, used the same vars and, once there is an as-of date, does not
    look further ahead than this one.
    """
    folder = state().gates
    names = sorted((path.name for path in folder.glob("*") if path.is_dir()), reverse=True)
    for name in names:
        if name in (facts.run_id, ADHOC_RUN):
            continue
        kept = [each for gate_of in GATES if (each := _load(result_file(name, gate_of)))]
        if len(kept) < len(GATES) or not all(each["success"] for each in kept):
            continue
        then = kept[-1]["identity"]
        if (
            facts.source.is_same_shop(ShopSource(then["source_name"], tuple(then["source_files"])))
            and then["population"] == facts.population
            and (facts.as_of_date is None or then["as_of_date"] <= facts.as_of_date.isoformat())
        ):
            return name, kept[GATES.index(gate)]["statistics"]
    return None, {}


def _load(path: Path) -> dict | None:
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        # A half-written or missing file is a run that did not finish, which
        # is no run to compare with.
        return None
