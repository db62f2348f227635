"""What each model shuffles, from Spark's own event log: ``python -m bench.shuffle LOG``.

Let a run write one with these lines in ``spark-defaults.conf`` in ``SPARK_CONF_DIR``::

    spark.eventLog.enabled           true
    spark.eventLog.dir               file:/some/folder
    spark.eventLog.rolling.enabled   false
    spark.eventLog.compress          false

and, for the joins that a run of many lines would choose, without broadcasts::

    spark.sql.autoBroadcastJoinThreshold  -1
"""

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Volume", "read_volumes"]

_TABLE = re.compile(
    r"Execute CreateDataSourceTableAsSelectCommand.*?Arguments: `\w+`\.`\w+`\.`(\w+)`", re.DOTALL
)
OTHERS = "(all other statements)"


@dataclass
class Volume:
    """What the tasks of one table's statement read, shuffled and spilled.

    Attributes
    ----------
    read_bytes, shuffled_bytes, spilled_bytes : int
        From tables, through exchanges (compressed), and to disk.
    read_rows, shuffled_rows : int
    task_seconds : float
        Sum of the tasks' run times.
    peak_bytes : int
        Largest execution memory of one task.
    """

    read_bytes: int = 0
    read_rows: int = 0
    shuffled_bytes: int = 0
    shuffled_rows: int = 0
    spilled_bytes: int = 0
    task_seconds: float = 0.0
    peak_bytes: int = 0


def read_volumes(lines: Iterable[str]) -> dict[str, Volume]:
    """Add up the tasks of an event log by the table that they make.

    Parameters
    ----------
    lines : iterable of str
        One JSON event each.

    Returns
    -------
    dict of str to Volume
        By table in the order in which they began; statements that make none
        are added up under one name.
    """
    table_of: dict[str, str] = {}
    table_of_stage: dict[int, str] = {}
    found: dict[str, Volume] = defaultdict(Volume)
    for line in lines:
        event = json.loads(line)
        kind = event["Event"].rpartition(".")[2]
        if kind == "SparkListenerSQLExecutionStart":
            made = _TABLE.search(event["physicalPlanDescription"])
            root = table_of.get(str(event.get("rootExecutionId")), OTHERS)
            table_of[str(event["executionId"])] = made[1] if made else root
        elif kind == "SparkListenerJobStart":
            execution = event.get("Properties", {}).get("spark.sql.execution.id", "")
            for stage in event["Stage IDs"]:
                table_of_stage.setdefault(stage, table_of.get(execution, OTHERS))
        elif kind == "SparkListenerTaskEnd" and event.get("Task Metrics"):
            _add(found[table_of_stage.get(event["Stage ID"], OTHERS)], event["Task Metrics"])
    return dict(found)


def _add(volume: Volume, task: dict) -> None:
    volume.read_bytes += task["Input Metrics"]["Bytes Read"]
    volume.read_rows += task["Input Metrics"]["Records Read"]
    volume.shuffled_bytes += task["Shuffle Write Metrics"]["Shuffle Bytes Written"]
    volume.shuffled_rows += task["Shuffle Write Metrics"]["Shuffle Records Written"]
    volume.spilled_bytes += task["Disk Bytes Spilled"]
    volume.task_seconds += task["Executor Run Time"] / 1000
    volume.peak_bytes = max(volume.peak_bytes, task["Peak Execution Memory"])


def main() -> None:
    """Print the tables that shuffle most, as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench.shuffle", description=__doc__)
    parser.add_argument("log", type=Path)
    parser.add_argument("--lines", type=int, required=True, help="raw lines of the run")
    given = parser.parse_args()
    with given.log.open() as log:
        volumes = read_volumes(log)
    print("| table | bytes shuffled a line | rows shuffled a line | task µs a line | peak MiB |")
    print("|---|---|---|---|---|")
    for name, one in sorted(volumes.items(), key=lambda item: -item[1].shuffled_bytes):
        print(
            f"| {name} | {one.shuffled_bytes / given.lines:.1f} | "
            f"{one.shuffled_rows / given.lines:.2f} | "
            f"{one.task_seconds / given.lines * 1e6:.1f} | {one.peak_bytes / 2**20:.0f} |"
        )


if __name__ == "__main__":
    main()
