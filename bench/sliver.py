"""The project's part of what the peer does: ``python -m bench.sliver LINES.csv OUT.json``.

Lines to RFM to fitted segments in one process, without tests, gates, history,
backtest and export. The guards on k, bootstrap refits included, stay.
"""

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from ml.marts import customer_mart, read_facts, read_sample
from ml.personas import load_personas
from ml.settings import Settings
from ml.train import fit_model
from pipeline import transform
from pipeline.command import run_command
from pipeline.land import land
from pipeline.log import step
from pipeline.run import new_run_id
from pipeline.session import get_session

# As few snapshots as the models take: the peer looks at one day only.
_NO_HISTORY = {"history_months": 1, "backtest_cutoff_days": [1]}
_MODELS = ("--select", "+fct_rfm_customers", "--exclude-resource-type", "test")


def sliver(source: str, out: Path) -> None:
    """Do the work and write what the benchmark compares."""
    with step("start Spark"):
        spark = get_session("bench")
    with step("land the raw lines"):
        land(spark, source, None)
    with step("dbt: models up to the RFM mart"):
        transform.build(spark, _MODELS, _NO_HISTORY)
    with step("fit the mixture and choose the number of segments"):
        found = _fitted(spark)
    out.write_text(json.dumps(found))


def _fitted(spark: SparkSession) -> dict[str, float]:
    settings = Settings.from_project()
    mart = customer_mart(spark)
    facts = read_facts(mart)
    sample = read_sample(mart, facts.customers, settings.fit_sample)
    model, _, _ = fit_model(
        spark, mart, facts, sample, settings, load_personas(), new_run_id(spark)
    )
    sums = mart.agg(
        F.sum("frequency").alias("orders"),
        F.sum("monetary").alias("monetary"),
        F.sum("recency_days").alias("recency_days"),
    ).first()
    return {
        "customers": facts.customers,
        "orders": int(sums.orders),
        "monetary": round(float(sums.monetary), 2),
        "recency_days": int(sums.recency_days),
        "segments": model.mixture.k,
    }


if __name__ == "__main__":
    sys.exit(run_command(lambda: sliver(sys.argv[1], Path(sys.argv[2]))))
