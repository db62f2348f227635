"""The project's part of what the baseline does: ``python -m bench.core LINES.csv OUT.json``.

Lines to RFM to fitted segments, without tests, gates, history, backtest and
export. The guards on k, bootstrap refits included, stay.
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

from pyspark.sql import functions as F

from ml.marts import customer_mart
from ml.model import SegmentModel
from ml.settings import Settings
from ml.train import fit
from pipeline.core.command import run_command
from pipeline.core.engine import is_sail
from pipeline.core.log import step
from pipeline.engines import transform
from pipeline.engines.sail import lock_of_sail
from pipeline.engines.session import get_session
from pipeline.fitting import Fitting
from pipeline.land import land
from pipeline.store.run_ids import new_run_id
from pipeline.store.tables import one_row

# As few snapshots as the models take: the baseline looks at one day only.
_NO_HISTORY = {"history_months": 1, "backtest_cutoff_days": [1]}
_MODELS: tuple[str, ...] = (
    "--select",
    "+fct_rfm_customers",
    "+fct_rfm_customer_history",
    "+fct_orders",
)
_MODELS += ("--exclude-resource-type", "test")


def core(source: str, out: Path) -> None:
    """Do the work and write what the benchmark compares."""
    with ExitStack() as ending:
        with step("start the engine"):
            spark = get_session()
            fitting = ending.enter_context(Fitting(lock_of_sail())) if is_sail(spark) else None
        with step("land the raw lines"):
            land(spark, source, None)
        with step("dbt: models up to the RFM mart"):
            transform.build(spark, _MODELS, _NO_HISTORY)
        with step("fit the mixture and choose the number of segments"):
            run_id = new_run_id(spark)
            fitted = fitting.fit(run_id) if fitting else fit(spark, Settings.from_project(), run_id)
        sums = one_row(
            customer_mart(spark).agg(
                F.sum("frequency").alias("orders"),
                F.sum("monetary").alias("monetary"),
                F.sum("recency_days").alias("recency_days"),
            )
        )
    found = {
        "customers": fitted.customer_count,
        "orders": int(sums.orders),
        "monetary": round(float(sums.monetary), 2),
        "recency_days": int(sums.recency_days),
        "segments": SegmentModel.from_json(fitted.model_json).mixture.k,
    }
    out.write_text(json.dumps(found))


if __name__ == "__main__":
    sys.exit(run_command(lambda: core(sys.argv[1], Path(sys.argv[2]))))
