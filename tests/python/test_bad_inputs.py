"""Lied to: a bad input gives the right result, or one clear line and exit code 2."""

import csv
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import runs
import yaml
from bad_configs import CONFIGS, VARS
from bad_configs import GOOD as GOOD_CONFIG
from bad_inputs import LANDED, REFUSED, ROWS, TEXT, table

from pipeline.cli import main
from pipeline.core.vars import _CHECKS, fault_of
from pipeline.store.tables import partition_values

pytestmark = [pytest.mark.timeout(120), pytest.mark.sail]


def test_there_are_enough():
    assert len(REFUSED) + len(LANDED) + len(ROWS) >= 100
    assert len(CONFIGS) + len(VARS) >= 60


@pytest.fixture(scope="module")
def state(spark, tmp_path_factory):
    """Give these landings a state folder and databases of their own."""
    with runs.landing_place(spark, tmp_path_factory.mktemp("bad-inputs"), "bad_inputs") as folder:
        yield folder


def one_line(said: str, part: str) -> None:
    """Assert that a refusal is one line that a person can read."""
    assert said.startswith("error: ") and said.count("\n") == 1, said
    assert part in said, said
    assert len(said) < 2_000 and said[:-1].isprintable()
    for sign in ("Traceback", "java.", "py4j", "org.apache", "Exception"):
        assert sign not in said, said


@pytest.mark.spark
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_said_in_one_line_and_changes_nothing(
    name, state, spark, tmp_path, capfd
):
    make, part = REFUSED[name]
    before = partition_values(spark, "raw.loads")
    given = str(make(tmp_path))
    capfd.readouterr()
    assert main(["land", "--data", given]) == 2
    said = capfd.readouterr()
    one_line(said.err, part)
    assert said.out == ""
    assert partition_values(spark, "raw.loads") == before


@pytest.mark.spark
@pytest.mark.parametrize("name", LANDED)
def test_what_is_odd_but_right_lands_whole(name, state, spark, tmp_path, capfd):
    make, rows = LANDED[name]
    given = make(tmp_path)
    capfd.readouterr()
    assert main(["land", "--data", str(given)]) == 0
    said = capfd.readouterr()
    assert f"{rows:>12,}  raw lines landed" in said.out
    assert said.err == "" and all(line.isprintable() for line in said.out.splitlines())
    numbers = spark.table("bad_inputs_raw.order_lines").select("source_row").collect()
    assert sorted(row[0] for row in numbers) == list(range(1, rows + 1))


HOSTILE_COLUMN = "cust`; drop table x; -- \"'{{ 1 }}${HOME}"


@pytest.mark.spark
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_columns_and_settings_that_are_injections_do_nothing(kind, state, spark, tmp_path):
    config = yaml.safe_load(GOOD_CONFIG)
    config["columns"]["customer_id"] = HOSTILE_COLUMN
    config.update(cancellation_prefix="';--`", adjustment_prefix="{{x}}")
    (tmp_path / "source.yml").write_text(yaml.safe_dump(config))
    lines = table()
    lines[HOSTILE_COLUMN] = ["x'; drop table y; --"] * len(lines.pop("CustomerID"))
    path = tmp_path / f"lines.{kind}"
    if kind == "parquet":
        pq.write_table(pa.table(lines), path)
    else:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([lines, *zip(*lines.values(), strict=True)])
    before = spark.catalog.listTables("bad_inputs_raw")
    assert main(["land", "--data", str(path), "--config", str(tmp_path / "source.yml")]) == 0
    ids = spark.table("bad_inputs_raw.order_lines").select("customer_id").distinct().collect()
    assert [row[0] for row in ids] == ["x'; drop table y; --"]
    assert spark.catalog.listTables("bad_inputs_raw") == before


@pytest.mark.parametrize("name", CONFIGS)
def test_a_bad_config_is_said_in_one_line(name, tmp_path, capfd):
    content, part = CONFIGS[name]
    config, lines = tmp_path / "source.yml", tmp_path / "lines.csv"
    config.write_bytes(content if isinstance(content, bytes) else content.encode())
    lines.write_text(TEXT)
    assert main(["land", "--data", str(lines), "--config", str(config)]) == 2
    one_line(capfd.readouterr().err, part)


@pytest.mark.parametrize(("name", "value", "part"), VARS)
def test_a_bad_var_is_said_in_one_line_before_anything_starts(
    name, value, part, monkeypatch, capfd
):
    monkeypatch.setenv("SEGMENTATION_VARS", json.dumps({name: value}))
    assert main(["run"]) == 2
    one_line(capfd.readouterr().err, part)


def test_every_var_has_a_check_and_no_check_is_of_a_var_that_is_gone():
    """``ml_settings`` is checked by the settings of ml."""
    declared = set(yaml.safe_load((runs.ROOT / "dbt_project.yml").read_text())["vars"])
    unchecked = {
        name for name in declared - {"ml_settings"} if fault_of(name, {"no": "value"}) is None
    }
    assert unchecked == set() and set(_CHECKS) <= declared


@pytest.mark.parametrize("given", ["{", "[]", "1", "null", '"x"', "{" * 5_000, '{"a": 1}', "'"])
def test_vars_that_are_no_vars(given, monkeypatch, capfd):
    monkeypatch.setenv("SEGMENTATION_VARS", given)
    assert main(["run"]) == 2
    one_line(capfd.readouterr().err, "SEGMENTATION_VARS")


SHELL = {
    "no such file": "no such file",
    "an empty folder": "no file to land",
    "a loop of links": "can't be opened",
    "a pipe": "a named pipe",
    "zero bytes": "the file is empty",
    "another header": "no shipped source config fits",
    "gzip cut in its head": "cut short",
    "a picture": "no shipped source config fits",
    "a line of 50 MB": "longer than",
    "a name of bytes": "not UTF-8",
}


def test_a_dozen_through_the_shell(tmp_path):
    """As real processes: what is refused before Spark starts, twice as configs, once by Spark."""
    commands = {}
    for at, (name, part) in enumerate(SHELL.items()):
        folder = tmp_path / str(at)
        folder.mkdir()
        needs_spark = name == "a line of 50 MB"
        command = ["land"] if needs_spark else ["run"]
        commands[name] = [*command, "--data", str(REFUSED[name][0](folder))], part
    lines, config = tmp_path / "lines.csv", tmp_path / "source.yml"
    lines.write_text(TEXT)
    config.write_text(GOOD_CONFIG + "shop: x\n")
    given = ["run", "--data", str(lines), "--config"]
    commands["config"] = [*given, str(config)], "shop is not a setting"
    commands["no config"] = [*given, str(tmp_path / "none.yml")], "can't be read"

    def work(item):
        at, (arguments, part) = item
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", *arguments],
            cwd=runs.ROOT,
            env={**os.environ, "STATE_DIR": str(tmp_path / f"state-{at}")},
            capture_output=True,
            text=True,
            timeout=110,
        )
        return arguments, done, part

    with ThreadPoolExecutor(2) as pool:
        for arguments, done, part in pool.map(work, enumerate(commands.values())):
            assert done.returncode == 2, (arguments, done.stderr)
            one_line(done.stderr, part)
