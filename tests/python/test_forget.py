"""A forgotten customer is in no file any more, comes back with no file, and is still counted."""

import json
import os
import shutil
import stat
from pathlib import Path

import forgotten_state
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import runs
from forgotten_state import CLASSES, IDS, OTHER, PERSON, holding

from dashboard.exports import current_folder, read_manifest, verify
from pipeline.cli import main
from pipeline.core.errors import InputError
from pipeline.core.paths import state as paths
from pipeline.privacy.blanking import blanked
from pipeline.privacy.forgotten import ForgottenList, words
from pipeline.privacy.pseudonyms import PSEUDONYM_KEY, Pseudonyms
from pipeline.privacy.purge import finish_forgetting


@pytest.fixture
def state(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    forgotten_state.make(tmp_path / "state", PERSON)
    return tmp_path / "state"


def landed(state: Path) -> list[dict]:
    return pq.read_table(state / "raw/order_lines/load_id=a/part-0.parquet").to_pylist()


@pytest.mark.parametrize("person", IDS)
def test_no_file_holds_the_id_afterwards(person, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    forgotten_state.make(tmp_path, person)
    assert len(holding(tmp_path, person)) > 20
    assert main(["forget", "--", person]) == 0
    assert holding(tmp_path, person) == []
    assert "exports written anew    2" in capsys.readouterr().out
    kept = landed(tmp_path)
    assert [row["source_row"] for row in kept] == list(range(1, 9))
    assert [row["is_forgotten"] for row in kept] == [True] * 6 + [False] * 2
    assert all(kept[5][name] is None for name in ("order_id", "customer_id", "ordered_at"))
    assert (kept[6]["customer_id"], kept[6]["description"]) == (OTHER, None)
    assert kept[7] == {**forgotten_state.lines(person)[7], "is_forgotten": False}


def test_exports_are_whole_and_say_what_they_lack(state):
    before = read_manifest(current_folder(state / "exports"))
    assert main(["forget", PERSON]) == 0
    after = read_manifest(current_folder(state / "exports"))
    verify(after)
    assert after.run_id == before.run_id
    for name in ("customer_segments", "customers"):
        rows = [each.manifest["tables"][name]["rows"] for each in (before, after)]
        assert rows[0] - rows[1] == 1
    assert any("have been forgotten" in text for text in after.manifest["warnings"])
    assert sorted(path.name for path in (state / "exports").iterdir()) == [
        "20111209T000000Z-r1-f1",
        "20111210T000000Z-r2-f1",
        "current",
    ]
    activation = (current_folder(state / "exports") / "activation.csv").read_text()
    assert activation == f"customer_id,persona\n{OTHER},Lost\n"


def test_forgetting_more_customers_makes_further_editions(state):
    assert main(["forget", PERSON]) == 0
    assert main(["forget", "12399", "12398"]) == 0
    assert current_folder(state / "exports").name == "20111210T000000Z-r2-f2"
    assert not holding(state, PERSON)


def test_forgetting_again_changes_nothing(state):
    assert main(["forget", PERSON]) == 0
    before = {path: path.stat().st_mtime_ns for path in state.rglob("*.parquet")}
    assert main(["forget", PERSON]) == 0
    assert {path: path.stat().st_mtime_ns for path in state.rglob("*.parquet")} == before


def test_the_list_holds_hashes_and_is_for_its_owner(state):
    assert main(["forget", PERSON]) == 0
    path = state / "forgotten.json"
    kept = json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(kept["customers"]) == 1 and len(kept["customers"][0]) == 64
    assert kept["is_pending"] is False


# Every kill point in a soak, each third one otherwise.
_STEP = 1 if os.environ.get("SOAK") else 3


class _Killed(BaseException):
    pass


def test_killed_anywhere_the_next_command_finishes(state, tmp_path, monkeypatch):
    """Stop at every removal and renaming in turn, as a kill would, and let another one finish."""
    shutil.rmtree(state / "exports" / "20111209T000000Z-r1")
    whole = tmp_path / "whole"
    shutil.copytree(state, whole, symlinks=True)
    points = 0
    while True:
        shutil.rmtree(state)
        shutil.copytree(whole, state, symlinks=True)
        left = points

        def stop(original):
            def step(*arguments, **options):
                nonlocal left
                if left == 0:
                    raise _Killed
                left -= 1
                return original(*arguments, **options)

            return step

        with monkeypatch.context() as patch:
            for name in ("unlink", "replace", "rename"):
                patch.setattr(Path, name, stop(getattr(Path, name)))
            patch.setattr(shutil, "rmtree", stop(shutil.rmtree))
            try:
                code = main(["forget", PERSON])
            except _Killed:
                code = None
        if code == 0:
            break
        points += _STEP
        verify(read_manifest(current_folder(state / "exports")))
        if (state / "forgotten.json").exists():
            assert finish_forgetting(paths())
        else:
            assert main(["forget", PERSON]) == 0
        assert holding(state, PERSON) == []
        verify(read_manifest(current_folder(state / "exports")))
        assert [row["is_forgotten"] for row in landed(state)] == [True] * 6 + [False] * 2
    assert points > 20


@pytest.mark.parametrize("customer_id", ["", "   ", "a\0b", "\udcff", "x" * 1001])
def test_what_is_no_id_is_refused(customer_id, state, capsys):
    assert main(["forget", customer_id]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (state / "forgotten.json").exists()


def test_a_damaged_list_is_not_taken_for_an_empty_one(state):
    (state / "forgotten.json").write_text('{"salt": 1')
    with pytest.raises(InputError, match="list of forgotten customers"):
        ForgottenList.load()


def test_it_waits_for_no_other_command(state, capsys):
    from pipeline.core.lock import StateLock

    lock = StateLock(state / "lock")
    lock.acquire()
    try:
        assert main(["forget", PERSON]) == 4
    finally:
        lock.release()
    assert holding(state, PERSON)
    assert "in use by pid" in capsys.readouterr().err


def test_customers_of_pseudonymous_exports_are_found_by_the_key(state, monkeypatch, capsys):
    monkeypatch.delenv(PSEUDONYM_KEY, raising=False)
    pseudonyms = Pseudonyms("a key of more than sixteen signs")
    hidden = pseudonyms.of("someone")
    folder = current_folder(state / "exports")
    forgotten_state._put(folder, PERSON)
    for path in (folder / "manifest.json",):
        manifest = json.loads(path.read_text())
        path.write_text(json.dumps({**manifest, "pseudonyms": pseudonyms.manifest()}))
    table = pq.read_table(folder / "customers.parquet")
    ids = [hidden if each == PERSON else each for each in table["customer_id"].to_pylist()]
    at = table.column_names.index("customer_id")
    pq.write_table(table.set_column(at, "customer_id", [ids]), folder / "customers.parquet")
    assert main(["forget", "someone"]) == 2
    assert PSEUDONYM_KEY in capsys.readouterr().err
    monkeypatch.setenv(PSEUDONYM_KEY, "another key of sixteen signs")
    assert main(["forget", "someone"]) == 2
    assert "another key" in capsys.readouterr().err and holding(state, hidden)
    monkeypatch.setenv(PSEUDONYM_KEY, "a key of more than sixteen signs")
    assert main(["forget", "someone"]) == 0
    assert not holding(state, hidden)


def test_words_are_what_could_be_an_id():
    assert {"Smith, J", "12", "a-b", "b"} <= words('12;a-b|"Smith, J"')


def test_decimal_ids_are_one_customer():
    forgotten = ForgottenList("00").adding(["17850"])
    rows = [forgotten_state.line(1, customer_id=each) for each in ("17850.0", "17850", "178500")]
    schema = pa.schema([(name, pa.string()) for name in rows[0] if name != "source_row"])
    table = pa.Table.from_pylist(rows, schema)
    found, count = blanked(table, forgotten, is_decimal_id=True)
    assert (found["is_forgotten"].to_pylist(), count) == ([True, True, False], 2)
    found, count = blanked(table, forgotten, is_decimal_id=False)
    assert (found["is_forgotten"].to_pylist(), count) == ([False, True, False], 1)


@pytest.mark.spark
def test_the_same_lines_land_without_them_and_every_line_is_counted(spark, tmp_path):
    """A customer of a whole run: forgotten, landed again, and still one account of all lines."""
    from pipeline.demo import write_demo
    from pipeline.engines.transform import build
    from pipeline.land import land
    from pipeline.manifest import account
    from pipeline.store.tables import ensure_tables

    state = tmp_path / "state"
    finished = runs.demo_run()
    shutil.copytree(finished.state, state, symlinks=True)
    ((person, orders),) = finished.query(
        "select customer_id, count(*) from orders group by 1 order by 2 desc limit 1"
    )
    with runs.own_state(state, "forgetting"):
        assert main(["forget", person]) == 0
        current = read_manifest(current_folder(state / "exports"))
        verify(current)
        ids = pq.read_table(current.folder / "orders.parquet")["customer_id"].to_pylist()
        assert ids and person not in ids and orders
        ensure_tables(spark)
        demo = write_demo(tmp_path / f"demo_{runs.DEMO_LINES}_7.csv", runs.DEMO_LINES, 7)
        report = land(spark, str(demo), None)
        assert not report.files[0].read_again
        emptied = spark.table("forgetting_raw.order_lines").where("is_forgotten").count()
        with demo.open("a") as file:
            file.write(demo.read_text().splitlines()[-1] + "\n")
        report = land(spark, str(demo), None)
        assert report.files[0].read_again
        lines = spark.table("forgetting_raw.order_lines")
        assert lines.where("is_forgotten").count() == emptied > 0
        assert lines.where(lines.customer_id == person).count() == 0
        build(spark, CLASSES, {})
        found = account(spark, report.raw_rows)
        classes = {
            row.line_class: row for row in spark.table("forgetting.fct_line_classes").collect()
        }
        assert found["kept_rows"] + found["rejected_rows"] == runs.DEMO_LINES + 1
        assert classes["forgotten"].row_count == emptied


@pytest.mark.spark
def test_lines_that_landed_before_there_was_a_column_for_it_stay(spark, tmp_path):
    """A state folder of an older version: the table is declared anew over the same files."""
    from pipeline.store.declared import declared_tables
    from pipeline.store.tables import ensure_tables

    with runs.own_state(tmp_path, "older"):
        folder = paths().create().raw / "order_lines"
        columns = declared_tables()["raw.order_lines"].columns
        old = ", ".join(f"{name} {kind}" for name, kind in columns if name != "is_forgotten")
        spark.sql("create database older_raw")
        spark.sql(
            f"create table older_raw.order_lines ({old}) using parquet "
            f"partitioned by (load_id) location 'file:{folder}'"
        )
        spark.sql("insert into older_raw.order_lines (load_id, source_row) values ('a', 1)")
        loads = paths().raw / "loads" / "load_id=a"
        loads.mkdir(parents=True)
        pq.write_table(pa.table({"raw_row_count": [1]}), loads / "p.parquet")
        ensure_tables(spark)
        (row,) = spark.table("older_raw.order_lines").collect()
    assert (row.load_id, row.source_row, row.is_forgotten) == ("a", 1, None)
