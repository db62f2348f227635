"""Pay once, at set-up, what every start of Spark would pay again.

Two things are kept beside the environment's packages: the archive of Java
classes that a session loads, and an empty metastore. Either may be missing:
then a start takes longer and nothing else changes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["archive_option", "prepare", "settle_metastore"]

_FOLDER = Path(sys.prefix) / "share" / "customer-segmentation"
_METASTORE = _FOLDER / "metastore"
_RECORD = "SEGMENTATION_RECORD_ARCHIVE"

_WARM_UP = """
from pyspark import SparkContext
from pipeline.paths import analytics_schema, ml_schema, raw_schema, state
from pipeline.session import get_session, stop_session
spark = get_session("set-up")
spark.sql(f"use {analytics_schema()}")
lines = "id, string(id % 7) as k, decimal(id) as amount, timestamp_seconds(id) as at"
spark.sql(f"create table warm_up using parquet as select {lines} from range(1000)")
spark.sql("create view warm_view as select *, row_number() over (partition by k order by id, at) "
    "as place, sum(amount) over (partition by k order by id) as so_far from warm_up")
spark.sql("select k, count(distinct place), sum(so_far), max(date_trunc('month', at)), "
    "count_if(amount > 3), percentile(id, 0.5), bit_or(id) from warm_view group by k "
    "order by k").collect()
spark.sql("select a.id from warm_up a join warm_up b on a.id = b.id where b.k > 2").count()
spark.sql("select /*+ merge(b) */ explode(array_compact(array(a.k, b.k))) from warm_view a "
    "left join warm_up b on a.id = b.id union all select k from warm_up").toArrow()
written = str(state().tmp / "warm_up")
spark.table("warm_view").write.csv(written, header=True)
spark.read.csv(written, header=True).selectExpr("try_cast(amount as decimal(18, 6)) as amount",
    "try_to_timestamp(at, 'M/d/yyyy H:mm') as at", "k rlike '[0-9]'").cache().count()
spark.createDataFrame(spark.table("warm_up").toArrow()).describe().collect()
spark.sql("drop view warm_view")
spark.sql("drop table warm_up")
for schema in (analytics_schema(), raw_schema(), ml_schema()):
    spark.sql(f"drop database {schema} cascade")
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


def settle_metastore(target: Path) -> None:
    """Make sure that a state folder's metastore is its own, or absent, or empty.

    A metastore holds absolute paths. In a state folder that was moved or
    copied it would name the tables of the old place, so it is dropped and
    rebuilt from the folders. Where there is none the prepared one is copied
    beside and renamed: a killed copy is not taken for a metastore.
    """
    mark = target.with_name("metastore.home")
    home = str(target.resolve())
    if target.exists() and not (mark.is_file() and mark.read_text() == home):
        shutil.rmtree(target)
    mark.write_text(home)
    if target.exists() or not _METASTORE.is_dir():
        return
    beside = target.with_name(f".{target.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(_METASTORE, beside)
    beside.rename(target)


def prepare() -> None:
    """Start Spark once in a scratch folder and keep what can be kept."""
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [sys.executable, "-c", _WARM_UP],
            env={**os.environ, "STATE_DIR": scratch, "MASTER": "local[1]", _RECORD: "1"},
            capture_output=True,
            check=False,
        )
        if done.returncode == 0:
            shutil.copytree(Path(scratch) / "metastore", _METASTORE)
    for lock in _METASTORE.glob("*.lck"):
        lock.unlink()


def _java_key() -> str:
    """Return a name that changes with the Java that made the archive."""
    home = Path(os.environ.get("JAVA_HOME", ""))
    release = home / "release"
    text = release.read_text() if release.is_file() else str(home)
    versions = [line for line in text.splitlines() if line.startswith("JAVA_RUNTIME_VERSION")]
    return "".join(filter(str.isalnum, "".join(versions) or text))[-40:]
