"""dbt as any dbt user types it: a fresh shell, the environment activated, no flags."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ACTIVATE = Path(sys.executable).parent / "activate"

pytestmark = pytest.mark.spark


def shell(command: str, state: Path, **variables: str) -> subprocess.CompletedProcess:
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "LANG") if name in os.environ}
    return subprocess.run(
        ["bash", "-c", f"source {ACTIVATE} && {command}"],
        cwd=ROOT,
        env={**kept, "STATE_DIR": str(state), "SPARK_DRIVER_MEMORY": "2g", **variables},
        capture_output=True,
        text=True,
        timeout=900,
    )


@pytest.fixture(scope="module")
def empty(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("plain-dbt")


@pytest.fixture(scope="module")
def built(empty) -> subprocess.CompletedProcess:
    return shell("dbt build", empty)


def test_build_passes_before_any_lines_have_landed_and_says_so(built):
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-2000:]
    assert "ERROR=0" in built.stdout
    assert "No lines have landed yet" in built.stderr and "make run" in built.stderr


def test_parsing_and_building_warn_of_nothing(built):
    assert "WARNING" not in built.stdout and "WARN=0" in built.stdout


def test_build_uses_the_projects_own_session(built, empty):
    assert list((empty / "warehouse").glob("analytics.db/*"))
    assert not (ROOT / "metastore_db").exists() and not (ROOT / "spark-warehouse").exists()


def test_select_and_docs_work_alone(built, empty):
    done = shell("dbt run --select fct_orders && dbt docs generate", empty)
    assert done.returncode == 0, done.stdout[-3000:]
    assert (empty / "dbt" / "target" / "catalog.json").is_file()


@pytest.mark.parametrize(("target", "package"), [("spark", "pyspark"), ("sail", "pysail")])
@pytest.mark.parametrize("how", ["--target {}", "DBT_TARGET"])
def test_a_target_is_the_engine_that_it_names(target, package, how, empty):
    variables = {how: target} if how == "DBT_TARGET" else {}
    given = "" if variables else how.format(target)
    done = shell(f"dbt show {given} --inline 'select version() as v'", empty, **variables)
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"| {version(package)}" in done.stdout


def test_a_profile_of_the_users_own_changes_what_a_session_can(spark):
    from dbt.adapters.spark import session
    from dbt_segmentation import SegmentationPlugin

    SegmentationPlugin("customer_segmentation").initialize()
    given = {"spark.sql.ansi.enabled": "false", "spark.executor.memory": "9g", "spark.own": "1"}
    try:
        cursor = session.Connection(server_side_parameters=given).cursor()
        cursor.execute("select cast('x' as int) as x, %s as y", 7)
        assert [column[:2] for column in cursor.description] == [("x", "int"), ("y", "int")]
        assert [tuple(row) for row in cursor.fetchall()] == [(None, 7)]
        assert spark.conf.get("spark.own") == "1"
    finally:
        spark.conf.set("spark.sql.ansi.enabled", "true")
        spark.conf.unset("spark.own")


def test_dbt_is_refused_while_another_command_is_at_work(empty):
    from pipeline.core.lock import StateLock

    lock = StateLock(empty / "lock")
    lock.acquire()
    try:
        done = shell("dbt run --select fct_orders", empty)
    finally:
        lock.release()
    assert done.returncode != 0
    assert f"pid {os.getpid()}" in done.stdout + done.stderr
