"""Ten dashboards read while exports are switched over and over: none sees a mixture."""

import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dashboard_export import Shape, write_export
from query_values import values

from dashboard.database import execute, open_export, query_names
from dashboard.exports import Export, current_folder, read_manifest, verify
from pipeline.store.export_folders import switch_to

READERS, READS = 10, 2
SEEDS = (1, 2, 3)
TABLES_WITH_RUN = "select table_name from duckdb_columns() where column_name = 'run_id'"


def answers(export: Export) -> dict[str, list[str]]:
    """Return what every query of the dashboard says, and the run ids in the tables."""
    con = open_export(export)
    try:
        parameters = values(export, con)
        found = {
            name: sorted(execute(con, name, parameters).to_csv(float_format="%.6g").splitlines())
            for name in query_names()
        }
        cursor = con.cursor()
        cursor.execute("use store")
        for (name,) in cursor.execute(TABLES_WITH_RUN).fetchall():
            ids = cursor.execute(f"select distinct run_id from {name}").fetchall()
            found[f"run ids of {name}"] = sorted(run_id for (run_id,) in ids)
        return found
    finally:
        con.close()


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, Path]:
    """Exports of three runs, each with other numbers in every table."""
    folder = tmp_path_factory.mktemp("runs")
    return {
        name: write_export(folder, Shape(customers=80 + seed, months=3, seed=seed, run_id=name))
        for seed, name in ((seed, f"run-{seed}") for seed in SEEDS)
    }


@pytest.fixture(scope="module")
def expected(runs) -> dict[str, dict[str, list[str]]]:
    """What each run's export answers when nobody else is about."""
    return {name: answers(read_manifest(folder)) for name, folder in runs.items()}


def test_the_runs_differ_in_what_they_answer(expected):
    one, two, three = expected.values()
    assert all(ids == ["run-1"] for name, ids in one.items() if name.startswith("run ids"))
    different = [name for name in one if one[name] != two[name] != three[name]]
    assert len(different) > len(one) / 2


def write_and_switch(exports: Path, source: Path, number: int) -> None:
    """Do what a run does at its end: write beside, rename, switch."""
    run_id = f"{number:05}-{source.name}"
    beside = exports / f".{run_id}.new"
    shutil.copytree(source, beside)
    beside.rename(exports / run_id)
    switch_to(exports, run_id)


def test_readers_see_one_run_at_a_time(runs, expected, tmp_path):
    sources = list(runs.values())
    write_and_switch(tmp_path, sources[0], 0)
    start = threading.Barrier(READERS + 1)
    runs_read: set[str] = set()

    def read(_: int) -> list[str]:
        seen = []
        start.wait()
        while len(seen) < READS or runs_read != set(runs):
            export = read_manifest(current_folder(tmp_path))
            verify(export)
            found = answers(export)
            mixed = [name for name in found if found[name] != expected[export.run_id][name]]
            assert not mixed, f"{export.run_id}: {mixed}"
            assert json.loads((export.folder / "manifest.json").read_text()) == export.manifest
            seen.append(export.run_id)
            runs_read.add(export.run_id)
        return seen

    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read, number) for number in range(READERS)]
        start.wait()
        switches = 0
        while not all(reader.done() for reader in readers):
            switches += 1
            write_and_switch(tmp_path, sources[switches % len(sources)], switches)
            time.sleep(0.02)
        seen = [run_id for reader in readers for run_id in reader.result()]
    assert len(seen) >= READERS * READS and set(seen) == set(runs)
    assert switches > len(seen) / READERS
