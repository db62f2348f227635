"""Make the catalogue and the folders agree before a command works on them."""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from pipeline.core.engine import is_sail
from pipeline.core.errors import InputError
from pipeline.core.log import get_logger
from pipeline.core.paths import analytics_schema, ml_schema, raw_schema
from pipeline.store.declared import DeclaredTable, declared_tables, full_name
from pipeline.store.partitions import finished_partitions, sweep_partitions, table_folder
from pipeline.store.views import create_views
from pipeline.store.warehouse import Warehouse

__all__ = [
    "create_statement",
    "join_catalog",
    "keeps_partitions",
    "prepare_catalog",
    "quoted",
    "register_all",
    "register_built",
    "register_declared",
    "spark_path",
    "sql_columns",
]

_PREPARED = "segmentation.prepared_for"


def spark_path(spark: SparkSession, folder: Path) -> str:
    """Return a folder as a session names it, whatever file system is its default.

    Spark decodes no percent signs here, so this is not ``as_uri``. Sail has no
    file system but this machine's, and takes ``file:`` for part of a name.
    """
    return str(folder) if is_sail(spark) else f"file:{folder}"


def keeps_partitions(spark: SparkSession) -> bool:
    """Say whether a session's catalogue lists partitions; Sail looks into the folders."""
    return not is_sail(spark)


def prepare_catalog(spark: SparkSession, *, sweep: bool) -> None:
    """Make databases and declared tables present, and drop what is unfinished.

    Parameters
    ----------
    spark : SparkSession
        The session whose catalogue is prepared.
    sweep : bool
        Also remove unfinished partitions. Only for the holder of the state
        folder's lock.
    """
    if sweep:
        sweep_partitions()
    _create_databases(spark, is_ours=is_sail(spark))
    existing = _existing(spark)
    for name, table in declared_tables().items():
        schema, short = full_name(name).split(".")
        if short in existing[schema] and name == table.completed_by:
            _require_own(spark, name)
        if short in existing[schema] and _is_outdated(spark, table):
            spark.sql(f"drop table {full_name(name)}")
            existing[schema].remove(short)
        if short not in existing[schema]:
            _create(spark, table)
            _match_partitions(spark, table, known=set())
        elif sweep:
            _match_partitions(spark, table, known=_known_partitions(spark, table))


def register_all(spark: SparkSession) -> None:
    """Tell a new session's catalogue, which lies in memory, what the folders hold.

    What a killed command left half-written is removed first, so this is only
    for the holder of the state folder's lock. Nothing is scanned.

    Parameters
    ----------
    spark : SparkSession
        On Sail, or on a Spark without a metastore.
    """
    warehouse = Warehouse()
    sweep_partitions()
    warehouse.sweep()
    register_declared(spark)
    register = register_built if is_sail(spark) else _register_managed
    register(spark, warehouse.tables())
    create_views(spark, warehouse.views())


def register_declared(spark: SparkSession) -> None:
    """Tell a catalogue that lies in memory of the databases and the declared tables.

    Parameters
    ----------
    spark : SparkSession
        On Sail, or on a Spark without a metastore.
    """
    _create_databases(spark, is_ours=True)
    for table in declared_tables().values():
        _create(spark, table)
        if keeps_partitions(spark):
            _match_partitions(spark, table, known=set())


def _create_databases(spark: SparkSession, *, is_ours: bool) -> None:
    """Make the databases present; that of the marts in the state folder where it is ours."""
    place = ""
    if is_ours:
        folder = Warehouse().folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = f" location {quoted(spark_path(spark, folder))}"
    spark.sql(f"create database if not exists {analytics_schema()}{place}")
    for schema in (raw_schema(), ml_schema()):
        spark.sql(f"create database if not exists {schema}")


def register_built(spark: SparkSession, names: Iterable[str]) -> None:
    """Tell it of tables that dbt has built and that are whole.

    Parameters
    ----------
    spark : SparkSession
        On Sail, or on a Spark that only reads them.
    names : iterable of str
        Tables of the marts' database; those that are not whole are left out.
    """
    warehouse = Warehouse()
    for name in sorted(set(names) & set(warehouse.tables())):
        folder = quoted(spark_path(spark, warehouse.folder / name))
        spark.sql(f"{_create_built(warehouse, name)} location {folder}")


def _register_managed(spark: SparkSession, names: Iterable[str]) -> None:
    """Tell Spark of tables that are its own to drop.

    It makes no managed table of a folder that is there, so the files step aside.
    """
    warehouse = Warehouse()
    for name in names:
        statement = _create_built(warehouse, name)
        with warehouse.aside(name):
            spark.sql(statement)


def _create_built(warehouse: Warehouse, name: str) -> str:
    columns = sql_columns(warehouse.columns(name))
    return f"create table {analytics_schema()}.{name} ({columns}) using parquet"


def join_catalog(spark: SparkSession) -> None:
    """Prepare the catalogue of a server that others work on, unless that has been done.

    To ask a server for the columns of each table takes a second; that they are
    as this project declares them, in this state folder, is a property of ml's
    database.

    Parameters
    ----------
    spark : SparkSession
        A Spark Connect session.

    Raises
    ------
    InputError
        If the databases belong to another state folder.
    """
    mark = _mark()
    try:
        is_prepared = _is_marked(spark, mark) and not _missing(spark)
    except AnalysisException:
        # One of the databases is not there.
        is_prepared = False
    if is_prepared:
        return
    prepare_catalog(spark, sweep=False)
    try:
        spark.sql(f"alter database {ml_schema()} set dbproperties ('{_PREPARED}' = '{mark}')")
    except PySparkException:
        # Another's metastore may not let everyone change it: each join prepares then.
        get_logger(__name__).info("%s can't be marked as prepared", ml_schema(), exc_info=True)


def _is_marked(spark: SparkSession, mark: str) -> bool:
    described = spark.sql(f"describe database extended {ml_schema()}").collect()
    return any(f"({_PREPARED},{mark})" in (row.info_value or "") for row in described)


def _missing(spark: SparkSession) -> set[str]:
    """Return the declared tables, by full name, that the catalogue does not have."""
    return {full_name(name) for name in declared_tables()} - {
        f"{schema}.{table}" for schema, tables in _existing(spark).items() for table in tables
    }


def _existing(spark: SparkSession) -> dict[str, set[str]]:
    return {
        schema: {row.tableName for row in spark.sql(f"show tables in {schema}").collect()}
        for schema in (raw_schema(), ml_schema())
    }


def _mark() -> str:
    """Return a text that changes with the declared tables and with where they lie."""
    tables = [
        (full_name(name), table.columns, table.partition, str(table_folder(name)))
        for name, table in declared_tables().items()
    ]
    return hashlib.sha256(json.dumps(tables).encode()).hexdigest()[:16]


def create_statement(table: DeclaredTable, location: str) -> str:
    """Return the statement that makes a declared table over its folder."""
    columns = ", ".join(f"`{column}` {kind}" for column, kind in table.columns)
    return (
        f"create table {full_name(table.name)} ({columns}) using parquet "
        f"partitioned by (`{table.partition}`) location {quoted(location)}"
    )


def quoted(text: str) -> str:
    """Return a text as a SQL literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _create(spark: SparkSession, table: DeclaredTable) -> None:
    folder = table_folder(table.name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    spark.sql(create_statement(table, spark_path(spark, folder)))


def _require_own(spark: SparkSession, name: str) -> None:
    """Refuse databases that belong to another state folder.

    Rows would be written into one folder and read from the other.
    """
    described = spark.sql(f"describe table extended {full_name(name)}")
    (row,) = described.where("col_name = 'Location'").collect()
    folder = Path(re.sub("^file:/+", "/", row.data_type))
    if folder.resolve() != table_folder(name).resolve():
        raise InputError(
            f"the databases {analytics_schema()}* of this Spark belong to the state folder "
            f"{folder.parents[1]}; set STATE_DIR to it, or ANALYTICS_SCHEMA to a name of your own"
        )


def _is_outdated(spark: SparkSession, table: DeclaredTable) -> bool:
    """Say whether an older version made the table; its files stay and fit the new columns."""
    return spark.table(full_name(table.name)).columns != [name for name, _ in table.columns]


def _known_partitions(spark: SparkSession, table: DeclaredTable) -> set[str]:
    shown = spark.sql(f"show partitions {full_name(table.name)}").collect()
    return {row.partition.split("=", 1)[1] for row in shown}


def _match_partitions(spark: SparkSession, table: DeclaredTable, *, known: set[str]) -> None:
    """Register the partitions that are finished and forget those that do not exist."""
    name = full_name(table.name)
    wanted = set(finished_partitions(table.name))
    for verb, values in (
        ("add if not exists", wanted - known),
        ("drop if exists", known - wanted),
    ):
        if values:
            separator = " " if verb.startswith("add") else ", "
            listed = separator.join(
                f"partition (`{table.partition}`={quoted(value)})" for value in sorted(values)
            )
            spark.sql(f"alter table {name} {verb} {listed}")


def sql_columns(schema: StructType) -> str:
    """Return columns as a ``create table`` lists them."""
    return ", ".join(f"`{field.name}` {field.dataType.simpleString()}" for field in schema)
