"""Time the search of k in one session: ``python -m bench.search REPEATS``."""

import dataclasses
import json
import sys
import time

from ml.features import feature_matrix, fit_scaling, measures_of
from ml.marts import customer_mart, read_facts, read_sample
from ml.outlook_fit import fit_outlooks
from ml.search import search
from ml.settings import Settings
from pipeline.core.command import run_command
from pipeline.engines.session import get_session

__all__ = ["main"]


def main(repeats: int) -> None:
    """Print seconds of each way as JSON; the first round does not count."""
    spark = get_session("bench", fits=True)
    settings = Settings.from_project()
    mart = customer_mart(spark)
    facts = read_facts(mart)
    sample = read_sample(mart, facts.customers, settings.fit_sample)
    (outlook, _), *_ = fit_outlooks(spark, [facts.as_of_date], settings)
    measures = measures_of(sample.known, outlook)
    points = feature_matrix(measures, fit_scaling(measures))
    ways = {
        "one at a time": dataclasses.replace(settings, parallel_fits=1),
        "side by side": settings,
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    chosen = set()
    for turn in range(repeats + 1):
        for name, way in ways.items():
            begun = time.monotonic()
            chosen.add(search(points, way).choice.k)
            if turn:
                found[name].append(round(time.monotonic() - begun, 2))
    if len(chosen) > 1:
        raise RuntimeError(f"the ways choose different k: {sorted(chosen)}")
    print(json.dumps(found))


if __name__ == "__main__":
    sys.exit(run_command(lambda: main(int(sys.argv[1]))))
