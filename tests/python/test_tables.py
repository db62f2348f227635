"""What is durable survives: partitions come whole, and a lost catalogue is rebuilt."""

import shutil

import pytest

from pipeline.core.paths import state
from pipeline.store.catalog import prepare_catalog
from pipeline.store.declared import declared_tables
from pipeline.store.partitions import partition_folder, table_folder
from pipeline.store.tables import (
    current_run_id,
    drop_partition,
    full_name,
    keep_runs,
    partition_values,
    schema_of,
    write_partition,
)
from pipeline.store.warehouse import Warehouse

pytestmark = pytest.mark.spark
TABLE = "ml.segment_lineage"
VALUES = {
    "segment_id": "1",
    "persona": "'Champions'",
    "previous_run_id": "'before'",
    "previous_segment_id": "2",
    "previous_persona": "'Loyal'",
    "shared_customer_count": "5",
    "share_of_segment": "0.5",
    "is_best_match": "true",
}


def lineage(spark, **changed):
    values = {**VALUES, **changed}
    return spark.sql("select " + ", ".join(f"{value} as {name}" for name, value in values.items()))


def finish(spark, run_id):
    """Write the run's last row, which makes it count."""
    columns = [f.name for f in schema_of("ml.model_runs") if f.name != "run_id"]
    text = ", ".join(f"cast(null as string) as {column}" for column in columns)
    write_partition(spark, spark.sql(f"select {text}"), "ml.model_runs", run_id)


@pytest.fixture(autouse=True)
def clean_tables(spark):
    yield
    for name in (TABLE, "ml.model_runs"):
        for value in partition_values(spark, name):
            drop_partition(spark, name, value)


def rows(spark):
    return [tuple(row) for row in spark.table(full_name(TABLE)).orderBy("run_id").collect()]


def test_every_declared_table_exists_with_its_declared_schema(spark):
    for name in declared_tables():
        found = spark.table(full_name(name)).schema
        assert [(f.name, f.dataType) for f in found] == [
            (f.name, f.dataType) for f in schema_of(name)
        ], name


def test_partition_is_replaced_whole(spark):
    write_partition(spark, lineage(spark), TABLE, "R1")
    write_partition(spark, lineage(spark, segment_id="7"), TABLE, "R1")
    assert [row[0] for row in rows(spark)] == [7]


def test_columns_must_be_those_declared(spark):
    with pytest.raises(ValueError, match=r"missing \['persona'\]"):
        write_partition(spark, lineage(spark).drop("persona"), TABLE, "R1")


@pytest.mark.parametrize("value", ["", "../R1", "a'b", "a/b", ".hidden", "x" * 99])
def test_partition_values_are_plain_names(spark, value):
    with pytest.raises(ValueError, match="can't name a partition"):
        write_partition(spark, lineage(spark), TABLE, value)


def test_unfinished_run_is_swept_and_finished_one_stays(spark):
    write_partition(spark, lineage(spark), TABLE, "R1")
    finish(spark, "R1")
    write_partition(spark, lineage(spark), TABLE, "R2")
    (table_folder(TABLE) / ".run_id=R3.new").mkdir()
    prepare_catalog(spark, sweep=True)
    assert partition_values(spark, TABLE) == ["R1"]
    assert [row[-1] for row in rows(spark)] == ["R1"]
    assert not (table_folder(TABLE) / ".run_id=R3.new").exists()
    assert current_run_id(spark) == "R1"


def test_a_replacement_that_was_killed_between_its_renames_loses_nothing(spark):
    write_partition(spark, lineage(spark), TABLE, "R1")
    finish(spark, "R1")
    folder = partition_folder(TABLE, "R1")
    folder.rename(folder.with_name(f".{folder.name}.old"))
    prepare_catalog(spark, sweep=True)
    assert len(rows(spark)) == 1


def test_only_the_latest_runs_are_kept(spark):
    for run_id in ("R1", "R2", "R3"):
        write_partition(spark, lineage(spark), TABLE, run_id)
        finish(spark, run_id)
    keep_runs(spark, 2)
    assert partition_values(spark, "ml.model_runs") == ["R2", "R3"]
    assert [row[-1] for row in rows(spark)] == ["R2", "R3"]


def test_lost_catalogue_is_rebuilt_from_the_folders(spark):
    write_partition(spark, lineage(spark), TABLE, "R1")
    finish(spark, "R1")
    spark.sql(f"drop table {full_name(TABLE)}")
    assert partition_folder(TABLE, "R1").is_dir()
    prepare_catalog(spark, sweep=True)
    assert len(rows(spark)) == 1


def test_lost_folder_is_forgotten(spark):
    write_partition(spark, lineage(spark), TABLE, "R1")
    finish(spark, "R1")
    shutil.rmtree(partition_folder(TABLE, "R1"))
    prepare_catalog(spark, sweep=True)
    assert rows(spark) == []


def test_orphan_folder_does_not_block_its_table(spark):
    """Spark refuses to create a managed table over a left-over folder."""
    schema = full_name("mart.any").split(".")[0]
    orphan = state().warehouse / f"{schema}.db" / "orphan_table"
    orphan.mkdir(parents=True)
    (orphan / "part-0.parquet").write_bytes(b"left over")
    Warehouse().sweep()
    spark.sql(f"create table {schema}.orphan_table using parquet as select 1 as one")
    assert spark.table(f"{schema}.orphan_table").count() == 1
    spark.sql(f"drop table {schema}.orphan_table")


def test_files_that_stood_aside_when_a_command_was_killed_come_back(tmp_path, monkeypatch):
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    warehouse = Warehouse()
    for name in ("fct_orders", "dim_customers"):
        (warehouse.folder / name).mkdir(parents=True)
        (warehouse.folder / name / "_SUCCESS").write_text("")
        (warehouse.folder / name / "rows.parquet").write_text(name)
    # Killed before Spark made its own folder, and after.
    for name in ("fct_orders", "dim_customers"):
        (warehouse.folder / name).rename(warehouse.folder / f".{name}.aside")
    (warehouse.folder / "fct_orders").mkdir()
    warehouse.sweep()
    assert warehouse.tables() == ["dim_customers", "fct_orders"]
    for name in warehouse.tables():
        assert (warehouse.folder / name / "rows.parquet").read_text() == name
    assert len(list(warehouse.folder.iterdir())) == 2
