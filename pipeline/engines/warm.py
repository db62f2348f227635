"""Pay once, at set-up, what every start of Spark would pay again.

The archive of the Java classes that a session loads is kept beside the
environment's packages. Where it is missing a start takes longer, and nothing
else changes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["archive_option", "prepare"]

_FOLDER = Path(sys.prefix) / "share" / "customer-segmentation"
_RECORD = "SEGMENTATION_RECORD_ARCHIVE"

_WARM_UP = """
from pyspark import SparkContext
from ml.rehearsal import rehearse
from pipeline.store.catalog import register_declared
from pipeline.core.paths import state
from pipeline.engines.session import get_fitting_session, stop_session
state().create()
spark = get_fitting_session()
register_declared(spark)
lines = "id, string(id % 7) as k, decimal(id) as amount, timestamp_seconds(id) as at"
spark.sql(f"create table warm_up using parquet as select {lines} from range(1000)")
spark.sql("select *, row_number() over (partition by k order by id, at) as place, "
    "sum(amount) over (partition by k order by id) as so_far from warm_up"
    ).createOrReplaceTempView("warm_view")
spark.sql("select k, count(distinct place), sum(so_far), max(date_trunc('month', at)), "
    "count_if(amount > 3), percentile(id, 0.5), bit_xor(xxhash64(id)) from warm_view group by k "
    "order by k").collect()
spark.sql("select /*+ merge(b) */ explode(array_compact(array(a.k, b.k))) from warm_view a "
    "left join warm_up b on a.id = b.id union all select k from warm_up").toArrow()
rehearse(spark, state().tmp)
java = SparkContext._gateway.proc
stop_session()
java.stdin.close()
java.wait()
"""


def archive_option() -> str:
    """Return Java's option that reads, or at set-up writes, the class archive."""
    archive = _FOLDER / f"classes-{_java_key()}.jsa"
    if os.environ.get(_RECORD):
        return f'"-XX:ArchiveClassesAtExit={archive}"'
    return f'"-XX:SharedArchiveFile={archive}" -Xshare:auto' if archive.is_file() else ""


def prepare() -> None:
    """Start Spark once, as the fit does, and keep the archive of what it loads."""
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            [sys.executable, "-c", _WARM_UP],
            env={**os.environ, "STATE_DIR": scratch, "ENGINE": "spark", _RECORD: "1"},
            capture_output=True,
            check=False,
        )


def _java_key() -> str:
    """Return a name that changes with the Java that made the archive."""
    home = Path(os.environ.get("JAVA_HOME", ""))
    release = home / "release"
    text = release.read_text() if release.is_file() else str(home)
    versions = [line for line in text.splitlines() if line.startswith("JAVA_RUNTIME_VERSION")]
    return "".join(filter(str.isalnum, "".join(versions) or text))[-40:]
