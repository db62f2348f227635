"""One warm Spark, spoken to over Connect, Thrift and JDBC, finds what an embedded run finds."""

import json
import socket
import subprocess

import psutil
import pytest
from pyspark.errors import AnalysisException
from reliability_kill import VARS
from runs import own_state
from same_tables import assert_same, built, run_ids, segments, written
from spark_servers import (
    SPARK_HOME,
    await_true,
    dbt,
    embedded_run,
    environment,
    finished,
    python,
    warm_server,
)

from pipeline import catalog
from pipeline.catalog import prepare_catalog
from pipeline.connect_rows import run_sql
from pipeline.connect_token import own_address
from pipeline.errors import InputError
from pipeline.paths import StatePaths

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def embedded():
    return embedded_run()


@pytest.fixture(scope="module")
def server(embedded):
    """Serve the state folder of that run."""
    with warm_server(embedded.state) as variables:
        yield variables


@pytest.fixture
def connected(embedded, server):
    """Speak Connect from this process."""
    from pyspark.sql.connect.session import SparkSession

    paths = StatePaths(embedded.state)
    address = own_address(paths, "127.0.0.1", int(server["CONNECT_PORT"]))
    spark = SparkSession.builder.remote(address).create()
    yield spark
    spark.stop()


def files(state) -> set[str]:
    """Return the names, never used twice, of the files of the tables that dbt built."""
    return {path.name for path in (state / "warehouse/analytics.db").glob("*/*.parquet")}


def is_at_work(process: psutil.Process) -> bool:
    """Say whether a process is there, and not only its parent's to clear away."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def listeners(state) -> set[tuple[str, int]]:
    """Return where the processes of a state folder's server listen."""
    pid = json.loads((state / "lock").read_text())["pid"]
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return {
        (one.laddr.ip.removeprefix("::ffff:"), one.laddr.port)
        for process in processes
        for one in process.net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    }


def test_the_server_says_how_it_is_and_listens_on_the_loopback_address_only(embedded, server):
    said = python(embedded.state, "pipeline", "status", **server).stdout
    assert f"Spark Connect  answers  {server['SPARK_REMOTE']}" in said
    assert f"Thrift         answers  jdbc:hive2://127.0.0.1:{server['THRIFT_PORT']}" in said
    assert str(embedded.state / "logs") in said
    found = listeners(embedded.state)
    assert {host for host, _ in found} == {"127.0.0.1"}
    assert {int(server["CONNECT_PORT"]), int(server["THRIFT_PORT"])} <= {port for _, port in found}


def test_an_embedded_command_is_told_how_to_work_through_the_server(embedded, server):
    done = python(embedded.state, "ml.score", code=4, CONNECT_PORT=server["CONNECT_PORT"])
    (line,) = done.stderr.splitlines()
    assert f"SPARK_REMOTE={server['SPARK_REMOTE']}" in line


def test_fitting_over_connect_is_refused_with_what_to_do_instead(embedded, server):
    done = python(embedded.state, "ml.train", code=2, **server)
    (line,) = done.stderr.splitlines()
    assert "unset SPARK_REMOTE" in line and "MASTER=spark://" in line and "pipeline refresh" in line
    assert run_ids(embedded.state) == [embedded.run_id]


def test_a_refresh_over_connect_equals_the_embedded_run_table_by_table(embedded, server):
    before = files(embedded.state)
    python(embedded.state, "pipeline", "refresh", **server)
    assert not before & files(embedded.state)
    assert len(run_ids(embedded.state)) == 2
    assert_same(embedded.built, built(embedded.state))
    assert_same(embedded.written, written(embedded.state))
    assert segments(embedded.state) == embedded.segments
    manifest = json.loads((embedded.state / "exports/current/manifest.json").read_text())
    assert manifest["run_id"] == run_ids(embedded.state)[-1] != embedded.run_id
    for key in ("account", "model", "source", "as_of_date"):
        assert manifest[key] == embedded.manifest[key]
    assert manifest["gates"]["failed"] == 0
    assert manifest["tables"].keys() == embedded.manifest["tables"].keys()


@pytest.mark.parametrize(
    "text",
    [
        "/* dbt */ -- a comment\nselect segment_id, persona, revenue_share, median_monetary"
        "\nfrom analytics.fct_segment_profiles order by 1",
        "\nWith few as (select cast(1.50 as decimal(4, 2)) as amount, array(null) as none)"
        "\nselect * from few",
        "select timestamp'2011-12-09 12:50:00' as at, map('a', X'00') as bytes where false",
        "show tables in analytics_ml",
        "describe table extended analytics.fct_orders customer_id",
        "create or replace temporary view one as select 1 as at",
    ],
    ids=["comments", "with", "no rows", "show", "describe", "no result"],
)
def test_what_dbt_asks_for_at_once_is_what_spark_gives(connected, text):
    result, expected = run_sql(connected, text), connected.sql(text)
    assert result.schema == expected.schema
    assert result.collect() == expected.collect()
    assert result.take(1) == expected.take(1)


def test_a_client_prepares_the_tables_only_where_that_has_not_been_done(
    embedded, connected, monkeypatch
):
    prepared = []

    def prepare(spark, *, sweep):
        prepared.append(sweep)
        prepare_catalog(spark, sweep=sweep)

    monkeypatch.setattr(catalog, "prepare_catalog", prepare)
    stale = f"dbproperties ('{catalog._PREPARED}' = 'of an older version')"
    connected.sql(f"alter database analytics_ml set {stale}")
    with own_state(embedded.state, "analytics"):
        catalog.join_catalog(connected)
        assert prepared == [False]
        catalog.join_catalog(connected)
        assert prepared == [False]
        models = connected.table("analytics_ml.model_runs").count()
        connected.sql("drop table analytics_ml.model_runs")
        catalog.join_catalog(connected)
        assert prepared == [False, False]
        assert connected.table("analytics_ml.model_runs").count() == models > 0
    # Another folder behind the same names is looked at, and refused.
    with own_state(embedded.state.with_name("another"), "analytics"), pytest.raises(InputError):
        catalog.join_catalog(connected)


def test_dbt_builds_one_model_and_no_setting_is_warned_of(embedded, server):
    done = finished(dbt(embedded.state, "build", "--select", "fct_segment_profiles", **server))
    assert "WARN=0 ERROR=0" in done.stdout
    said = (done.stdout + done.stderr).lower()
    assert "spark.sql." not in said and "cannot_modify" not in said


def test_a_wrong_query_is_refused_when_it_is_asked(connected):
    with pytest.raises(AnalysisException, match="no_such_column"):
        run_sql(connected, "select no_such_column from analytics.fct_orders")


def test_gates_run_alone_over_connect(embedded, server):
    done = python(embedded.state, "expectations", "--gate", "mart", **server)
    assert "expectations hold" in done.stdout


def test_scores_over_connect_equal_the_run(embedded, server, tmp_path):
    import pyarrow.parquet as pq

    output = tmp_path / "scores.parquet"
    python(embedded.state, "ml.score", "--output", str(output), **server)
    rows = pq.read_table(output).to_pylist()
    found = {row["customer_id"]: (row["segment_id"], row["persona"]) for row in rows}
    assert found == embedded.segments


def test_the_thrift_target_of_dbt_builds_the_same_tables(embedded, server):
    variables = {name: server[name] for name in ("CONNECT_PORT", "THRIFT_PORT")}
    before = files(embedded.state)
    words = ("run", "--select", "path:models/marts", "--vars", json.dumps(VARS))
    done = finished(dbt(embedded.state, *words, "--target", "thrift", **variables))
    assert "ERROR=0" in done.stdout
    assert before & files(embedded.state) < before
    assert_same(embedded.built, built(embedded.state))


def test_a_bi_client_lists_and_queries_the_marts(embedded, server):
    done = subprocess.run(
        [
            str(SPARK_HOME / "bin" / "beeline"),
            *("-u", f"jdbc:hive2://127.0.0.1:{server['THRIFT_PORT']}/analytics"),
            *("--outputformat=csv2", "--silent=true"),
            *("-e", "show tables"),
            *("-e", "select persona, customer_count from fct_segment_profiles"),
            *("-e", "create or replace view mine as select persona from fct_segment_profiles"),
        ],
        env={**environment(embedded.state), "SPARK_REMOTE": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    profiles = embedded.built["fct_segment_profiles"]
    for persona, count in zip(profiles.persona, profiles.customer_count, strict=True):
        assert f"{persona},{count}" in lines
    for name in embedded.built:
        assert any(name in line.split(",") for line in lines), name


def test_a_csv_file_lands_over_connect(embedded, server, connected, tmp_path):
    path = tmp_path / "few.csv"
    path.write_text(
        "customer,order,timestamp,amount\n"
        + "".join(f"c,o{n},2024-01-01 10:00:00,{n}\n" for n in range(1, 10))
    )
    python(embedded.state, "pipeline", "land", "--data", str(path), **server)
    rows = connected.table("analytics_raw.order_lines").orderBy("source_row")
    assert [(row.source_row, row.order_id) for row in rows.collect()] == [
        (n, f"o{n}") for n in range(1, 10)
    ]


def test_stop_leaves_no_process_and_no_lock_behind(embedded, server):
    owner = psutil.Process(json.loads((embedded.state / "lock").read_text())["pid"])
    below = owner.children(recursive=True)
    assert below
    python(embedded.state, "pipeline", "stop", **server)
    assert (embedded.state / "lock").read_text() == ""
    kept = (embedded.state / "warehouse/analytics.views/mine.sql").read_text()
    assert "analytics.mine as select persona from fct_segment_profiles" in kept
    # Java is gone by then; Python itself has its last moments still before it.
    assert not [process for process in below if is_at_work(process)]
    await_true("the server's own process ends", lambda: not is_at_work(owner), seconds=60)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(server["CONNECT_PORT"])))
    for command in ("status", "stop"):
        done = python(embedded.state, "pipeline", command, code=2, **server)
        assert "make serve" in done.stderr
