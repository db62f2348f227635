"""Lines that a query reads from a real PostgreSQL, a real MariaDB, SQLite and DuckDB files."""

import os
import sqlite3
import subprocess
import tracemalloc
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from database_servers import PASSWORD, mariadb_server, postgres_bin, postgres_server
from runs import pipeline

from pipeline.core.errors import InputError
from pipeline.land.databases import DATABASES, copy_query, is_database

QUERY = "select customer, order_no, placed, quantity, price from lines order by order_no"
QUERIES = Path(__file__).resolve().parents[2] / "pipeline" / "sources" / "queries"
# Lines is a word of MySQL's own.
SOLD = QUERY.replace("from lines", "from sold_lines")
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


@pytest.fixture(scope="module")
def postgres():
    with postgres_server() as address:
        yield address


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


@pytest.fixture(scope="module")
def mariadb():
    """Give the address of a server that holds the lines, and its certificate."""
    rows = ", ".join(
        f"({'null' if who is None else repr(who)}, '{order}', '{at}', {quantity}, {price})"
        for who, order, at, quantity, price in LINES
    )
    made = (
        "create table sold_lines (customer varchar(40), order_no varchar(40), placed datetime, "
        f"quantity int, price decimal(30, 6));\ninsert into sold_lines values {rows};\n"
    )
    with mariadb_server(made) as server:
        yield server


@pytest.fixture
def reader(monkeypatch):
    monkeypatch.setenv("MYSQL_USER", "reader")
    monkeypatch.setenv("MYSQL_PWD", PASSWORD)


def test_decimals_and_times_of_mariadb_stay_exact(mariadb, reader, tmp_path):
    copy_query(mariadb[0], SOLD, tmp_path / "lines.parquet")
    rows = [tuple(row.values()) for row in pq.read_table(tmp_path / "lines.parquet").to_pylist()]
    assert [(*row[:3], int(row[3]), Decimal(row[4])) for row in rows] == [
        (*line[:4], Decimal(line[4])) for line in LINES
    ]
    # Some collations are no text to the driver; nor does a number lose a digit.
    query = "select cast('né' as binary) a, 1e300 b, 0.1 + 0.2 c, null d, true e"
    copy_query(mariadb[0], query, tmp_path / "kinds.parquet")
    (row,) = pq.read_table(tmp_path / "kinds.parquet").to_pylist()
    assert row == {"a": "né", "b": "1e300", "c": "0.3", "d": None, "e": "1"}


def test_a_whole_landing_from_mariadb_and_nothing_read_again(mariadb, reader, tmp_path):
    config = tmp_path / "shop.yml"
    config.write_text(CONFIG.replace("from lines", "from sold_lines"))
    address = mariadb[0].replace("mysql:", "mariadb:")
    words = ("land", "--data", address, "--config", str(config))
    done = pipeline(tmp_path / "state", *words)
    assert done.returncode == 0, done.stderr
    files = {path: path.stat().st_ino for path in (tmp_path / "state/raw").rglob("*.parquet")}
    rows = pq.read_table(tmp_path / "state/raw/order_lines", partitioning=None).to_pylist()
    rows.sort(key=lambda row: row["source_row"])
    names = ("customer_id", "order_id", "ordered_at", "quantity", "unit_price")
    landed = [tuple(row[name] for name in names) for row in rows]
    assert [(*line[:3], int(line[3]), Decimal(line[4])) for line in landed] == [
        (*line[:4], Decimal(line[4])) for line in LINES
    ]
    assert pipeline(tmp_path / "state", *words).returncode == 0
    assert files == {
        path: path.stat().st_ino for path in (tmp_path / "state/raw").rglob("*.parquet")
    }


def test_rows_of_mariadb_are_streamed(mariadb, reader):
    """Four hundred thousand rows of 200 characters would take more than 100 MB."""
    query = "select repeat('x', 200) from seq_1_to_400000"
    tracemalloc.start()
    try:
        count = sum(len(batch) for batch in DATABASES["mysql"](mariadb[0], query))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 400_000
    assert peak < 50_000_000


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select no_such_column from sold_lines", "no_such_column"),
        ("selct 1", "error in your SQL syntax"),
        ("delete from sold_lines", "READ ONLY"),
        ("drop table sold_lines", "READ ONLY"),
        ("create table others (a int)", "READ ONLY"),
        ("set session transaction read write", "gives no columns"),
        ("select 1; delete from sold_lines", "error in your SQL syntax"),
    ],
)
def test_what_mariadb_refuses_is_one_line(mariadb, reader, tmp_path, query, said):
    with pytest.raises(InputError, match=said) as refused:
        copy_query(mariadb[0], query, tmp_path / "lines.parquet")
    assert "\n" not in str(refused.value) and PASSWORD not in str(refused.value)
    copy_query(mariadb[0], SOLD, tmp_path / "still.parquet")
    assert pq.read_table(tmp_path / "still.parquet").num_rows == len(LINES)


def test_a_wrong_password_of_mariadb_is_one_line_without_it(mariadb, reader, tmp_path, monkeypatch):
    monkeypatch.setenv("MYSQL_PWD", "another word")
    with pytest.raises(InputError, match="Access denied for user 'reader'") as refused:
        copy_query(mariadb[0], SOLD, tmp_path / "lines.parquet")
    assert "another word" not in str(refused.value)


def test_tls_that_is_asked_for_knows_the_server(mariadb, reader, tmp_path, monkeypatch):
    address, certificate = mariadb
    query = (
        "select variable_value v from information_schema.session_status "
        "where variable_name = 'SSL_VERSION'"
    )
    with pytest.raises(InputError, match="certificate verify failed"):
        copy_query(f"{address}?tls", query, tmp_path / "lines.parquet")
    monkeypatch.setenv("MYSQL_SSL_CA", str(tmp_path / "none.pem"))
    with pytest.raises(InputError, match=r"MYSQL_SSL_CA: .*none\.pem can't be read"):
        copy_query(address, query, tmp_path / "lines.parquet")
    monkeypatch.setenv("MYSQL_SSL_CA", str(certificate))
    copy_query(address, query, tmp_path / "lines.parquet")
    assert pq.read_table(tmp_path / "lines.parquet")["v"].to_pylist()[0].startswith("TLSv1")
    other = address.replace("127.0.0.1", "localhost")
    with pytest.raises(InputError, match="certificate verify failed"):
        copy_query(other, query, tmp_path / "lines.parquet")


def test_a_password_in_a_mysql_address_is_refused_and_not_repeated(tmp_path):
    with pytest.raises(InputError, match="MYSQL_PWD") as refused:
        copy_query("mysql://me:hush@127.0.0.1/shop", "select 1", tmp_path / "x.parquet")
    assert "hush" not in str(refused.value)


PRESTASHOP = """
create table ps_customer (id_customer int, email varchar(255));
create table ps_currency (id_currency int, iso_code varchar(3));
create table ps_orders (id_order int, id_customer int, id_currency int, date_add datetime, valid int);
create table ps_order_detail (id_order_detail int, id_order int, product_reference varchar(64), product_name varchar(255), product_quantity int, product_quantity_refunded int, unit_price_tax_incl decimal(20,6));
insert into ps_customer values (1, 'ann@x.y'), (2, 'ANN@x.y');
insert into ps_currency values (1, 'EUR');
insert into ps_orders values (5, 1, 1, '2026-01-05 10:00:00', 1), (6, 2, 1, '2026-01-06 11:00:00', 1), (7, 1, 1, '2026-01-07 12:00:00', 0);
insert into ps_order_detail values (9, 5, 'TEA', 'Tea', 3, 1, 4.166667), (10, 5, 'MUG', 'Mug', 1, 0, 8.000000), (11, 6, 'TEA', 'Tea', 2, 2, 4.166667), (12, 7, 'TEA', 'Tea', 9, 0, 4.166667);
"""  # noqa: E501


def landed_by(config: Path, data: str, state: Path) -> list[tuple[str, ...]]:
    """Land what a shipped query gives, and return the lines in its order."""
    done = pipeline(state, "land", "--data", data, "--config", str(config))
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(state / "raw/order_lines", partitioning=None).to_pylist()
    names = ("customer_id", "order_id", "product_id", "quantity", "unit_price", "status")
    return [
        tuple(row[name] for name in names)
        for row in sorted(rows, key=lambda row: row["source_row"])
    ]


def test_prestashops_tables_are_read_by_the_shipped_query(reader, tmp_path):
    with mariadb_server(PRESTASHOP) as (address, _):
        lines = landed_by(QUERIES / "prestashop.yml", address, tmp_path / "state")
    assert lines == [
        ("ann@x.y", "5", "TEA", "2", "4.166667", "1"),
        ("ann@x.y", "5", "MUG", "1", "8.000000", "1"),
        ("ANN@x.y", "6", "TEA", "0", "4.166667", "1"),
        ("ann@x.y", "7", "TEA", "9", "4.166667", "0"),
    ]


def test_olists_files_are_joined_where_they_lie(tmp_path):
    files = {
        "orders": "order_id,customer_id,order_status,order_purchase_timestamp\n"
        "o1,k1,delivered,2018-01-05 10:00:00\no2,k2,canceled,2018-02-05 10:00:00\n",
        "customers": "customer_id,customer_unique_id,customer_state\nk1,u1,SP\nk2,u1,SP\n",
        "order_items": "order_id,order_item_id,product_id,seller_id,price,freight_value\n"
        "o1,1,p1,s,58.90,13.29\no1,2,p1,s,58.90,13.29\no1,3,p2,s,239.90,19.93\n"
        "o2,1,p1,s,58.9,13.29\n",
    }
    (tmp_path / "the set").mkdir()
    for name, text in files.items():
        (tmp_path / "the set" / f"olist_{name}_dataset.csv").write_text(text)
    address = f"duckdb://{tmp_path}/the set"
    assert landed_by(QUERIES / "olist.yml", address, tmp_path / "state") == [
        ("u1", "o1", "p1", "2", "58.90", "delivered"),
        ("u1", "o1", "p2", "1", "239.90", "delivered"),
        ("u1", "o2", "p1", "1", "58.9", "canceled"),
    ]


@pytest.mark.parametrize(
    "query", ["copy (select 1) to 'made.csv'", "create table t (a int)", "select 1; select 2"]
)
def test_a_query_on_a_folder_reads_only(tmp_path, query):
    with pytest.raises(InputError, match="expected one query"):
        copy_query(f"duckdb://{tmp_path}", query, tmp_path / "lines.parquet")
    assert not list(tmp_path.iterdir())


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
        ("mysql://127.0.0.1:9/shop", "refused"),
        ("mysql://host", "expected mysql://host\\[:port\\]/database"),
        ("mysql://host/shop?ssl=1", "\\?tls where"),
        ("oracle://host/shop", "postgresql, mysql, mariadb, sqlite, duckdb"),
        ("lines.csv", "postgresql, mysql, mariadb, sqlite, duckdb"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_line(data, said, tmp_path):
    with pytest.raises(InputError, match=said):
        copy_query(data, "select 1", tmp_path / "x.parquet")


def test_addresses_are_told_from_paths():
    assert is_database("postgresql://host/shop") and is_database("SQLite:///x.db")
    assert not is_database("orders/*.csv") and not is_database("s3://bucket/x.csv")
