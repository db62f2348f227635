"""Lines that a query reads from a real PostgreSQL, an SQLite file and a DuckDB file."""

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from runs import pipeline

from pipeline.core.errors import InputError
from pipeline.land.databases import copy_query, is_database

QUERY = "select customer, order_no, placed, quantity, price from lines order by order_no"
LINES = [
    ("ann", "1", "2024-01-05 10:00:00", 2, "0.10"),
    ("bob", "2", "2024-02-05 11:30:00", 1, "12345678901234567890.123456"),
    (None, "3", "2024-02-06 00:00:00", -1, "3.00"),
]
CONFIG = """
name: shop_db
format: query
query: select customer, order_no, placed, quantity, price from lines order by order_no
columns: {customer_id: customer, order_id: order_no, ordered_at: placed,
          quantity: quantity, unit_price: price}
timestamp_format: yyyy-MM-dd HH:mm:ss
currency: EUR
"""
PASSWORD = "not in the address"


def postgres_bin() -> Path | None:
    """Return the folder of Debian's newest PostgreSQL server."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@pytest.fixture(scope="module")
def postgres():
    """Start a server that asks for a password, and give the address of a database in it."""
    programs = postgres_bin()
    if programs is None:
        pytest.skip("Debian's package postgresql is not installed")
    # pytest's own folders are closed to the user that the server works as.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    # The server refuses to work as root.
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres")
    word = folder / "password"
    word.write_text(PASSWORD)
    word.chmod(0o644)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"

    def run(*words: str) -> None:
        done = subprocess.run(
            [*user, *words], cwd="/", capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr

    run(str(programs / "initdb"), "-D", str(data), "-A", "scram-sha-256", "-U", "reader",
        f"--pwfile={word}")  # fmt: skip
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l",
        str(folder / "log"), "start")  # fmt: skip
    try:
        yield f"postgresql://127.0.0.1:{port}/postgres"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture
def credentials(monkeypatch):
    """Say who connects, as a user would."""
    monkeypatch.setenv("PGUSER", "reader")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)


@pytest.fixture(scope="module")
def filled(postgres):
    """Put the lines into the server, by its own client."""
    rows = ", ".join(
        f"({'null' if who is None else repr(who)}, '{order}', '{at}', {quantity}, {price})"
        for who, order, at, quantity, price in LINES
    )
    statements = (
        "create table lines (customer text, order_no text, placed timestamp, quantity int, "
        f"price numeric(30, 6)); insert into lines values {rows}"
    )
    address = postgres.replace("//", "//reader@")
    subprocess.run(
        [str(postgres_bin() / "psql"), address, "-v", "ON_ERROR_STOP=1", "-qc", statements],
        env={**os.environ, "PGPASSWORD": PASSWORD},
        check=True,
    )
    return postgres


def test_numerics_and_times_of_postgresql_stay_exact(filled, credentials, tmp_path):
    copy_query(filled, QUERY, tmp_path / "lines.parquet")
    table = pq.read_table(tmp_path / "lines.parquet")
    assert table["customer"].to_pylist() == ["ann", "bob", None]
    assert [Decimal(text) for text in table["price"].to_pylist()] == [
        Decimal(line[4]) for line in LINES
    ]
    assert [str(at) for at in table["placed"].to_pylist()] == [line[2] for line in LINES]


def test_a_whole_landing_from_postgresql_and_nothing_read_again(filled, credentials, tmp_path):
    config = tmp_path / "shop.yml"
    config.write_text(CONFIG)
    words = ("land", "--data", filled, "--config", str(config))
    done = pipeline(tmp_path / "state", *words)
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(tmp_path / "state/raw/order_lines", partitioning=None).to_pylist()
    landed = [
        (row["customer_id"], row["order_id"], row["ordered_at"], row["quantity"], row["unit_price"])
        for row in sorted(rows, key=lambda row: row["source_row"])
    ]
    assert [(*line[:2], line[2].removesuffix(".000000"), line[3]) for line in landed] == [
        (who, order, at, str(quantity)) for who, order, at, quantity, _ in LINES
    ]
    assert [Decimal(line[4]) for line in landed] == [Decimal(line[4]) for line in LINES]
    before = {path.name: path.stat().st_ino for path in (tmp_path / "state/raw").rglob("*.parquet")}
    assert pipeline(tmp_path / "state", *words).returncode == 0
    assert before == {
        path.name: path.stat().st_ino for path in (tmp_path / "state/raw").rglob("*.parquet")
    }


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select no_such_column from lines", "no_such_column"),
        ("selct 1", "syntax error"),
        ("delete from lines returning *", "read-only"),
    ],
)
def test_what_postgresql_refuses_is_one_line(filled, credentials, tmp_path, query, said):
    with pytest.raises(InputError, match=said) as refused:
        copy_query(filled, query, tmp_path / "lines.parquet")
    assert "\n" not in str(refused.value) and PASSWORD not in str(refused.value)


def test_options_of_the_users_own_do_not_let_a_query_write(
    filled, credentials, tmp_path, monkeypatch
):
    own = "-c statement_timeout=60000 -c default_transaction_read_only=off"
    monkeypatch.setenv("PGOPTIONS", own)
    with pytest.raises(InputError, match="read-only"):
        copy_query(filled, "delete from lines returning *", tmp_path / "lines.parquet")
    copy_query(filled, "select current_setting('statement_timeout')", tmp_path / "kept.parquet")
    assert pq.read_table(tmp_path / "kept.parquet").column(0).to_pylist() == ["1min"]


def test_a_column_that_is_missing_is_told_by_the_sources_name(filled, credentials, tmp_path):
    config = tmp_path / "shop.yml"
    config.write_text(CONFIG.replace("order_id: order_no", "order_id: number"))
    done = pipeline(tmp_path / "state", "land", "--data", filled, "--config", str(config))
    assert done.returncode == 2
    assert "shop_db (query): the header lacks number" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_wrong_password_is_one_line_without_it(filled, tmp_path, monkeypatch):
    monkeypatch.setenv("PGUSER", "reader")
    monkeypatch.setenv("PGPASSWORD", "another word")
    with pytest.raises(InputError, match="password authentication failed") as refused:
        copy_query(filled, QUERY, tmp_path / "lines.parquet")
    assert "another word" not in str(refused.value)


def test_a_server_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(InputError, match="refused"):
        copy_query("postgresql://127.0.0.1:9/shop", "select 1", tmp_path / "x.parquet")


def test_a_password_in_the_address_is_refused_and_not_repeated(tmp_path):
    with pytest.raises(InputError, match="PGPASSWORD") as refused:
        copy_query("postgresql://me:hush@127.0.0.1/shop", "select 1", tmp_path / "x.parquet")
    assert "hush" not in str(refused.value)


@pytest.fixture(params=["sqlite", "duckdb"])
def address(request, tmp_path) -> str:
    """Make a database file by the engine's own Python module, in a folder with a space."""
    path = tmp_path / "my shop.db"
    connect = {"sqlite": sqlite3.connect, "duckdb": duckdb.connect}[request.param]
    connection = connect(str(path))
    connection.execute(
        "create table lines (customer text, order_no text, placed text, quantity int, price text)"
    )
    connection.executemany("insert into lines values (?, ?, ?, ?, ?)", LINES)
    connection.commit()
    connection.close()
    return f"{request.param}://{path}"


def test_a_file_of_a_database_is_read_in_the_querys_order(address, tmp_path):
    copy_query(address, QUERY, tmp_path / "lines.parquet")
    table = pq.read_table(tmp_path / "lines.parquet")
    found = [tuple(row.values()) for row in table.to_pylist()]
    assert [(*row[:3], int(row[3]), row[4]) for row in found] == LINES


def test_a_query_without_rows_has_its_columns(address, tmp_path):
    copy_query(address, "select customer, price from lines where 1 = 0", tmp_path / "x.parquet")
    table = pq.read_table(tmp_path / "x.parquet")
    assert table.column_names == ["customer", "price"] and table.num_rows == 0


@pytest.mark.parametrize("query", ["delete from lines", "drop table lines", "no sql at all"])
def test_a_file_is_never_changed(address, tmp_path, query):
    path = Path(address.partition("://")[2])
    before = path.read_bytes()
    with pytest.raises(InputError):
        copy_query(address, query, tmp_path / "x.parquet")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("sqlite:///no/such.db", "there is no file"),
        ("sqlite://host/x.db", "path/to/a/file"),
        ("duckdb://", "path/to/a/file"),
        ("mysql://host/shop", "postgresql, sqlite, duckdb"),
        ("lines.csv", "postgresql, sqlite, duckdb"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_line(data, said, tmp_path):
    with pytest.raises(InputError, match=said):
        copy_query(data, "select 1", tmp_path / "x.parquet")


def test_addresses_are_told_from_paths():
    assert is_database("postgresql://host/shop") and is_database("SQLite:///x.db")
    assert not is_database("orders/*.csv") and not is_database("s3://bucket/x.csv")
