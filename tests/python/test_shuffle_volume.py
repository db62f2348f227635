"""The reader of Spark's event log adds each task to the table that it works for."""

import json

from bench.shuffle import OTHERS, Volume, read_volumes


def task(stage: int, shuffled: int) -> dict:
    return {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": stage,
        "Task Metrics": {
            "Executor Run Time": 500,
            "Peak Execution Memory": shuffled,
            "Disk Bytes Spilled": 1,
            "Input Metrics": {"Bytes Read": 10, "Records Read": 2},
            "Shuffle Write Metrics": {
                "Shuffle Bytes Written": shuffled,
                "Shuffle Records Written": 3,
            },
        },
    }


def job(stage: int, execution: str | None) -> dict:
    properties = {} if execution is None else {"spark.sql.execution.id": execution}
    return {"Event": "SparkListenerJobStart", "Stage IDs": [stage], "Properties": properties}


def test_tasks_count_for_the_table_that_their_statement_makes():
    plan = (
        "== Physical Plan ==\nExecute CreateDataSourceTableAsSelectCommand (1)\n   +- Scan (2)\n"
        "\n(1) Execute CreateDataSourceTableAsSelectCommand\n"
        "Arguments: `spark_catalog`.`analytics`.`fct_orders`, ErrorIfExists, [order_id]\n"
    )
    start = {
        "Event": "org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart",
        "executionId": 7,
        "rootExecutionId": 7,
        "physicalPlanDescription": plan,
    }
    inner = {**start, "executionId": 8, "physicalPlanDescription": "== Physical Plan ==\nScan"}
    killed = {**task(1, 0), "Task Metrics": None}
    events = [
        start,
        inner,
        job(1, "8"),
        job(2, None),
        task(1, 100),
        task(1, 40),
        killed,
        task(2, 5),
    ]
    assert read_volumes(map(json.dumps, events)) == {
        "fct_orders": Volume(20, 4, 140, 6, 2, 1.0, 100),
        OTHERS: Volume(10, 2, 5, 3, 1, 0.5, 5),
    }
