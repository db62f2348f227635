"""Two engines, one SQL, one result: the whole job and plain dbt on Sail beside embedded Spark."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from engine_tables import ROOT, dbt, differences, with_durable_tables
from reliability_kill import VARS
from runs import pipeline
from same_tables import assert_same
from spark_servers import embedded_run

from pipeline.core.engine import engine
from pipeline.core.errors import InputError
from pipeline.core.lock import StateLock

# What Sail 0.7.2 refuses or computes otherwise, as small as it gets, beside what
# both take. Where one of the first comes right, a later Sail no longer needs it.
STATEMENTS = {
    "columns left out": (
        "select * except (a) from (select 1 as a, 2 as b)",
        "select b from (select 1 as a, 2 as b)",
        "2",
    ),
    "try_divide of a double": (
        "select try_divide(cast(1 as double), 2)",
        "select cast(1 as double) / nullif(2, 0)",
        "0.5",
    ),
    "minus a decimal": (
        "select cast(-x as string) from (select cast(id as decimal(21, 6)) as x from range(1, 2))",
        "select cast(0 - x as string) from (select cast(id as decimal(21, 6)) as x "
        "from range(1, 2))",
        "-1.000000",
    ),
    "an untyped zero in if": (
        "select typeof(if(false, 0, cast(1.5 as decimal(20, 2))))",
        "select typeof(if(false, cast(0 as decimal(20, 2)), cast(1.5 as decimal(20, 2))))",
        "decimal(20,2)",
    ),
    "an exponent in a decimal": (
        "select cast(try_cast('1e-3' as decimal(9, 3)) as string)",
        "select cast(try_cast('0.001' as decimal(9, 3)) as string)",
        "0.001",
    ),
    "digits of another script": (
        "select cast(try_cast('१२' as decimal(9, 3)) as string)",
        "select cast(try_cast(translate('१२', '१२', '12') as decimal(9, 3)) as string)",
        "12.000",
    ),
    "days between dates": (
        "select typeof(datediff(date'2020-01-02', date'2020-01-01'))",
        "select typeof(cast(datediff(date'2020-01-02', date'2020-01-01') as int))",
        "int",
    ),
    "a decimal of more digits than a double": (
        "select cast(cast('23610006722.741304' as decimal(38, 9)) as double) = 23610006722.741302D",
        "select cast(cast(cast('23610006722.741304' as decimal(38, 9)) as string) as double) "
        "= 23610006722.741302D",
        "True",
    ),
    "structs whose fields are named otherwise": (
        "select struct(1 as a) is distinct from struct(1 as b)",
        "select 1 is distinct from 1",
        "False",
    ),
}

# The vars that the whole runs had.
VARS_OF_THE_RUN = f"--vars {shlex.quote(json.dumps(VARS))}"

_ASK = """
import json, sys
from pipeline.engines.sail import get_sail, run_statement
spark = get_sail()
spark.conf.set("spark.sql.ansi.enabled", "false")
for statement in json.loads(sys.stdin.read()):
    try:
        print(json.dumps(str(run_statement(spark, statement).collect()[0][0])))
    except Exception as error:
        print(json.dumps(f"{type(error).__name__}: {error}"[:300]))
"""


def ask_sail(statements: list[str], state: Path, **variables: str) -> list[str]:
    """Return the first value of each statement as text, or the error."""
    done = subprocess.run(
        [sys.executable, "-c", _ASK],
        cwd=ROOT,
        env={**os.environ, "STATE_DIR": str(state), **variables},
        input=json.dumps(statements),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[str, tuple[str, str]]:
    asked = [statement for first, second, _ in STATEMENTS.values() for statement in (first, second)]
    found = ask_sail(asked, tmp_path_factory.mktemp("statements"))
    return dict(zip(STATEMENTS, zip(found[::2], found[1::2], strict=True), strict=True))


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_sail_takes_otherwise_is_written_so_that_both_take_it(name, answers):
    refused, taken = answers[name]
    assert taken == STATEMENTS[name][2]
    assert refused != STATEMENTS[name][2], "this Sail takes it: the rewriting can go"


@pytest.mark.spark
@pytest.mark.parametrize("name", STATEMENTS)
def test_spark_takes_both_ways_of_writing_alike(name, spark):
    for statement in STATEMENTS[name][:2]:
        assert str(spark.sql(statement).collect()[0][0]) == STATEMENTS[name][2]


@pytest.mark.spark
def test_the_whole_job_finds_the_same_on_both_engines():
    on_spark = embedded_run("spark")
    on_sail = embedded_run("sail")
    assert_same(on_spark.built, on_sail.built)
    assert_same(on_spark.written, on_sail.written)
    for told in ("tables", "account", "warnings"):
        of_spark, of_sail = on_spark.manifest.get(told), on_sail.manifest.get(told)
        if told == "tables":
            of_spark, of_sail = (
                {name: (table["rows"], table["columns"]) for name, table in each.items()}
                for each in (of_spark, of_sail)
            )
        assert of_sail == of_spark, told


@pytest.fixture(scope="module")
def sail_state(tmp_path_factory) -> Path:
    return with_durable_tables(embedded_run("spark").state, tmp_path_factory.mktemp("sail"))


@pytest.fixture(scope="module")
def built_on_sail(sail_state) -> subprocess.CompletedProcess:
    # Whoever has no Java must not miss it.
    return dbt(f"build {VARS_OF_THE_RUN}", sail_state, "sail", JAVA_HOME="/nonexistent")


@pytest.mark.spark
def test_everything_builds_on_sail_and_every_test_passes(built_on_sail, sail_state):
    done = built_on_sail
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert "ERROR=0" in done.stdout and "WARN=0" in done.stdout


@pytest.mark.spark
def test_every_table_is_the_same_on_both_engines(built_on_sail, sail_state):
    assert not differences(embedded_run("spark").state, sail_state)


@pytest.mark.spark
def test_another_process_sees_what_the_first_has_built(built_on_sail, sail_state):
    orphan = sail_state / "warehouse" / "analytics.db" / "killed_half_way"
    orphan.mkdir()
    (orphan / "part.parquet").write_bytes(b"not whole")
    done = dbt(f"run --select fct_orders {VARS_OF_THE_RUN}", sail_state, "sail")
    assert done.returncode == 0, done.stdout[-3000:]
    assert not orphan.exists()
    done = dbt("docs generate", sail_state, "sail")
    assert done.returncode == 0, done.stdout[-3000:]
    catalog = json.loads((sail_state / "dbt" / "target" / "catalog.json").read_text())
    assert "model.customer_segmentation.fct_orders" in catalog["nodes"]
    assert not differences(embedded_run("spark").state, sail_state)


@pytest.mark.spark
def test_embedded_spark_goes_on_from_what_sail_has_built(built_on_sail, sail_state):
    done = dbt(
        f"run --select fct_cohort_retention {VARS_OF_THE_RUN}",
        sail_state,
        "spark",
        SPARK_DRIVER_MEMORY="2g",
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert not differences(embedded_run("spark").state, sail_state)
    done = dbt("test --select fct_cohort_retention fct_orders", sail_state, "sail")
    assert done.returncode == 0, done.stdout[-3000:]


def test_sail_is_refused_while_another_command_is_at_work(tmp_path):
    lock = StateLock(tmp_path / "lock")
    lock.acquire()
    try:
        done = dbt("run --select fct_orders", tmp_path, "sail")
    finally:
        lock.release()
    assert done.returncode != 0
    assert f"pid {os.getpid()}" in done.stdout + done.stderr


def test_memory_is_bounded_and_what_does_not_fit_is_said(tmp_path):
    count = "select count(distinct id) from range(300000)"
    (refused,) = ask_sail([count], tmp_path, SAIL_MEMORY="256k")
    assert "memory pool" in refused
    (counted,) = ask_sail([count], tmp_path, SAIL_MEMORY="1g")
    assert counted == "300000"


def test_a_run_that_needs_more_memory_ends_with_what_to_do(tmp_path):
    done = pipeline(tmp_path, "run", "--lines", "3000", SAIL_MEMORY="300k")
    assert done.returncode == 2, done.stderr[-2000:]
    line = done.stderr.splitlines()[-1]
    assert "Sail needs more memory" in line and "SAIL_MEMORY" in line and "ENGINE=spark" in line
    assert "the last export is untouched" in line


@pytest.mark.parametrize(
    ("variables", "chosen"),
    [
        ({}, "sail"),
        ({"ENGINE": "spark"}, "spark"),
        ({"MASTER": "spark://host:7077"}, "spark"),
        ({"SPARK_REMOTE": "sc://host"}, "spark"),
        ({"PYSPARK_GATEWAY_PORT": "1"}, "spark"),
    ],
)
def test_the_engine_follows_from_where_spark_is_said_to_run(
    variables, chosen, monkeypatch, tmp_path
):
    for name in ("ENGINE", "MASTER", "SPARK_REMOTE", "PYSPARK_GATEWAY_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert engine() == chosen


def test_a_configuration_that_names_a_cluster_is_asked_about(monkeypatch, tmp_path):
    for name in ("ENGINE", "MASTER", "SPARK_REMOTE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    (tmp_path / "spark-defaults.conf").write_text("spark.master yarn\n")
    with pytest.raises(InputError, match="ENGINE=spark"):
        engine()
    monkeypatch.setenv("ENGINE", "sail")
    assert engine() == "sail"


def test_what_sail_can_not_do_is_said_in_one_line(tmp_path):
    """A table of Spark's catalogue, and a state folder whose name Sail takes for a pattern."""
    config = tmp_path / "table.yml"
    columns = "{customer_id: c, order_id: o, ordered_at: t, amount: a}"
    config.write_text(
        f"name: shop\nformat: table\ncolumns: {columns}\n"
        "timestamp_format: yyyy-MM-dd\ncurrency: EUR\n"
    )
    land = ("land", "--data", "sales.lines", "--config", str(config))
    for state, named in ((tmp_path / "state", "ENGINE=spark"), (tmp_path / "a[b]", "pattern")):
        done = pipeline(state, *land)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1 and named in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"ENGINE": "duck"}, "expected spark or sail"),
        ({"ENGINE": "sail", "MASTER": "local[2]"}, "MASTER says where Spark runs"),
        ({"ENGINE": "sail", "SPARK_REMOTE": "sc://127.0.0.1"}, "SPARK_REMOTE says where"),
    ],
)
def test_an_engine_that_can_not_be_is_refused_in_one_line(variables, named, monkeypatch):
    monkeypatch.delenv("MASTER", raising=False)
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=named) as refused:
        engine()
    assert "\n" not in str(refused.value)
