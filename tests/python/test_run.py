"""The whole job once, as a user types it, and its export read with DuckDB."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = 20_000

pytestmark = pytest.mark.spark


def pipeline(state: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=ROOT,
        env={**os.environ, "STATE_DIR": str(state)},
        capture_output=True,
        text=True,
        timeout=900,
    )


@pytest.fixture(scope="module")
def state(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("whole-job")


@pytest.fixture(scope="module")
def demo_run(state) -> subprocess.CompletedProcess:
    before = {path.name for path in ROOT.iterdir()}
    done = pipeline(state, "run", "--lines", str(LINES))
    assert done.returncode == 0, done.stderr[-3000:]
    done.littered = {path.name for path in ROOT.iterdir()} - before
    return done


@pytest.fixture(scope="module")
def export(demo_run, state) -> Path:
    return state / "exports" / "current"


@pytest.fixture(scope="module")
def manifest(export) -> dict:
    return json.loads((export / "manifest.json").read_text())


def query(export: Path, sql: str) -> list[tuple]:
    with duckdb.connect() as connection:
        for path in export.glob("*.parquet"):
            view = f"create view {path.stem} as select * from read_parquet('{path}')"
            connection.execute(view)
        return connection.execute(sql).fetchall()


def test_summary_names_segments_lines_and_what_next(demo_run, export):
    profiles = query(export, "select persona, recommended_action from segment_profiles")
    for persona, action in profiles:
        assert persona in demo_run.stdout
        assert action.split(maxsplit=1)[0] in demo_run.stdout
    assert "make dashboard" in demo_run.stdout and "Data Docs" in demo_run.stdout
    assert "Traceback" not in demo_run.stderr and "java." not in demo_run.stderr


def test_every_raw_line_is_kept_or_rejected(export, manifest):
    account = manifest["account"]
    ((rows, amount),) = query(export, "select sum(rows), sum(amount) from line_classes")
    assert rows == account["raw_rows"] == account["kept_rows"] + account["rejected_rows"]
    assert amount == Decimal(account["raw_amount"])


def test_segments_are_big_enough_to_act_on_and_none_swallows_everyone(export):
    shares = [s for (s,) in query(export, "select customer_share from segment_profiles")]
    assert 2 <= len(shares) <= 8
    assert sum(shares) == pytest.approx(1)
    personas = query(export, "select count(*), count(distinct persona) from segment_profiles")
    assert personas[0][0] == personas[0][1]


def test_manifest_lists_every_file_with_its_checksum(export, manifest):
    import hashlib

    found = {p.relative_to(export).as_posix() for p in export.rglob("*") if p.is_file()}
    listed = {table["file"]: table["sha256"] for table in manifest["tables"].values()}
    listed.update(manifest["files"])
    assert found == {*listed, "manifest.json"}
    for name, checksum in listed.items():
        assert hashlib.sha256((export / name).read_bytes()).hexdigest() == checksum


def test_nothing_is_littered_into_the_working_directory(demo_run):
    assert demo_run.littered == set()


def test_a_failed_run_leaves_the_export_in_place(demo_run, state, export, tmp_path):
    before = export.resolve()
    bad = tmp_path / "bad.csv"
    bad.write_text("who,what\n1,2\n")
    done = pipeline(state, "run", "--data", str(bad))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert str(bad) in done.stderr and "Traceback" not in done.stderr
    assert export.resolve() == before
