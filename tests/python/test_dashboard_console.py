"""The console answers questions and can do nothing else."""

import threading
import time

import duckdb
import pytest
from dashboard_support import connection, export

from dashboard import console as consoles
from dashboard.console import Console, Refused, filled
from dashboard.console_page import FIRST
from dashboard.console_rules import harmless_functions
from dashboard.database import query_names, read_sql
from dashboard.settings import CONSOLE_CELL, CONSOLE_ROWS


@pytest.fixture(scope="module")
def console():
    opened = Console(export("full"), connection("full"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def folder():
    return export("full").folder


def state(console, folder) -> dict:
    """Return everything that a statement might have changed."""
    inner = console._connection.cursor()
    return {
        "files": {p.name: (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*")},
        "beside": sorted(p.name for p in folder.parent.iterdir()),
        "tables": console.schema(),
        "counts": [
            inner.execute(f"select count(*) from {name}").fetchone()
            for name in ("orders", "customer_segments", "moves", "snapshot_totals")
        ],
        "settings": inner.execute("select name, value from duckdb_settings()").fetchall(),
    }


HOSTILE = [
    # Files
    "select * from read_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/etc/passwd')",
    "select * from '/etc/passwd'",
    'select * from "/etc/passwd"',
    "select * from read_parquet('{folder}/../*/*.parquet')",
    "select * from read_parquet('{folder}/orders.parquet')",
    "from parquet_scan('{folder}/orders.parquet')",
    "select * from parquet_metadata('{folder}/orders.parquet')",
    "select * from parquet_schema('{folder}/orders.parquet')",
    "select * from read_json('/proc/self/environ')",
    "select * from read_json_auto('{folder}/manifest.json')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from glob('/etc/*')",
    "select * from read_duckdb('/tmp/x.duckdb')",
    "select (select content from read_text('/etc/hostname'))",
    "select 1 where exists (select * from read_text('/etc/passwd'))",
    "with x as (select * from read_text('/etc/passwd')) select * from x",
    "select * from orders, lateral (select * from read_text('/etc/passwd')) as t",
    "select * from (values (1)) as t(a) union all select 1 from glob('/*')",
    "with \"/etc/passwd\" as (select 1) select * from (select 1) as a, '/etc/hosts'",
    'select * from (with "/etc/hosts" as (select 1) select 1) as a, "/etc/hosts"',
    "describe select * from '/etc/passwd'",
    "summarize '/etc/passwd'",
    # Writing
    "copy orders to '{folder}/orders.parquet' (format parquet)",
    "copy (select 1) to '/tmp/console_was_here.csv'",
    "copy orders from '/etc/passwd'",
    "export database '/tmp/console_was_here'",
    "import database '/tmp/console_was_here'",
    "create table stolen as select * from orders",
    "create temp table stolen as select 1",
    "create or replace view orders as select 1",
    "create macro f() as 1",
    "create schema other",
    "create type mood as enum ('a')",
    "create sequence counter",
    "insert into snapshots values ('2020-01-01', true, true)",
    "update snapshots set is_month_end = false",
    "delete from snapshots",
    "truncate snapshots",
    "drop view orders",
    "drop table moves",
    "alter table moves rename to other",
    "comment on table moves is 'x'",
    "with gone as (delete from moves returning *) select * from gone",
    "with more as (insert into moves select * from moves returning 1) select * from more",
    "with changed as (update moves set customer_count = 0 returning 1) select * from changed",
    "merge into moves using moves as m on true when matched then delete",
    "vacuum",
    "checkpoint",
    "force checkpoint",
    "select * from checkpoint()",
    "select nextval('counter')",
    # Network and extensions
    "select * from 'https://example.com/x.parquet'",
    "select * from read_csv('http://127.0.0.1/x')",
    "select * from 's3://bucket/x.parquet'",
    "install httpfs",
    "load httpfs",
    "force install spatial from community",
    "update extensions",
    "attach '/tmp/x.duckdb' as x",
    "attach ':memory:' as x",
    "attach 'postgres://localhost' as x (type postgres)",
    "detach memory",
    "use memory",
    "create secret s (type s3)",
    "select * from duckdb_secrets()",
    "select * from which_secret('s3://x', 's3')",
    # Settings and the server's own matters
    "set memory_limit = '100GB'",
    "set global max_execution_time = 0",
    "set lock_configuration = false",
    "set enable_external_access = true",
    "set allowed_directories = ['/']",
    "reset memory_limit",
    "pragma threads = 64",
    "pragma database_list",
    "pragma enable_profiling",
    "call pragma_version()",
    "select current_setting('allowed_paths')",
    "select getenv('HOME')",
    "select getvariable('x')",
    "select version()",
    "select current_user",
    "select current_database()",
    "select pg_sleep(60)",
    "select sleep_ms(60000)",
    "select write_log('x')",
    "select setseed(0.5)",
    "set variable x = 1",
    "select * from duckdb_settings()",
    "select * from duckdb_views()",
    "select * from duckdb_tables",
    "select * from duckdb_databases()",
    "select * from information_schema.tables",
    "select * from pg_catalog.pg_class",
    "select * from sqlite_master",
    "select * from memory.main.orders",
    "select * from system.main.duckdb_settings()",
    "show tables",
    "show all tables",
    "show databases",
    # More than one, or not SQL at all
    "select 1; drop table moves",
    "select 1; select 2",
    "select 1) union (select 2",
    "select 1) as t; drop table moves; --",
    "select 1 /* unfinished",
    "select 'unfinished",
    "begin transaction",
    "commit",
    "rollback",
    "prepare p as select 1",
    "execute p",
    "deallocate p",
    "explain analyze select 1",
    "select $1",
    "select ?",
    "select $name",
    "",
    "   ",
    "-- nothing",
    "hello",
    "select \x00",
    "select " + "1," * 20_000 + "1",
    # Ways to have other text run
    "select * from query('drop table moves')",
    "select * from query_table('duckdb_settings')",
    "from query_table(['/etc/passwd'])",
    "select json_execute_serialized_sql('{}')",
    "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "select * from pandas_scan(1)",
    "select * from python_map_function(1)",
    "select * from arrow_scan(1, 2, 3)",
    "select * from frame",
    "select * from self",
    "select repeat('x', 1000000000)",
    "select lpad('x', 1000000000, 'y')",
    "select system.main.read_text('/etc/passwd')",
    "select error('x')",
]


def test_there_are_enough():
    assert len(set(HOSTILE)) == len(HOSTILE) >= 60


def test_hostile_statements_are_refused_and_change_nothing(console, folder):
    before = state(console, folder)
    ran = []
    for sql in HOSTILE:
        try:
            answer = console.run(sql.replace("{folder}", str(folder)))
        except Refused as reason:
            assert str(reason).strip()
            assert "Traceback" not in str(reason)
        else:
            ran.append((sql, answer.frame.head(1).to_dict()))
    assert ran == []
    assert state(console, folder) == before


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/passwd')",
        "select * from 'https://example.com/x.parquet'",
        "select * from read_parquet('/etc/x.parquet')",
        "copy (select 1) to '/tmp/console_was_here.csv'",
        "attach '/tmp/x.duckdb' as x",
        "install httpfs",
        "load httpfs",
        "set lock_configuration = false",
        "set enable_external_access = true",
        "set global max_execution_time = 0",
        "create table stolen as select 1",
        "drop table moves",
        "delete from snapshots",
        "drop view orders",
        "select * from frame",
    ],
)
def test_the_lock_holds_without_the_rules(console, folder, sql):
    """The second wall: what the connection itself refuses, were a statement let through."""
    frame = [1]  # noqa: F841 - a name that SQL could reach as a Python object
    before = state(console, folder)
    with pytest.raises((Refused, duckdb.Error)):
        cursor = console._connection.cursor()
        cursor.execute("begin transaction read only")
        cursor.execute(sql).fetchall()
    assert state(console, folder) == before


ANSWERED = [
    FIRST,
    "from orders",
    "select * from customer_segments order by monetary desc limit 3;",
    "table personas",
    "describe orders",
    "summarize segment_profiles",
    "select persona, count(*) filter (is_outlier), quantile_cont(monetary, 0.5), "
    "arg_max(customer_id, monetary) from customer_segments group by all",
    "select *, row_number() over (partition by persona order by monetary desc) as n "
    "from customer_segments qualify n = 1",
    "with best as (select * from customer_segments where segment_id = 1) "
    "select b.customer_id, sum(o.net_amount) from best as b join orders as o using (customer_id) "
    "group by 1 order by 2 desc",
    "with recursive r as (select 1 as n union all select n + 1 from r where n < 5) select * from r",
    "select date_trunc('month', order_date) as month, sum(net_amount) from orders group by all",
    "select * from range(5) union all select unnest([1, 2])",
    "select [x + 1 for x in range(3)], {'a': 1}.a, customer_id[1:2], 'a' || 'b', 5 % 2, -1, "
    "not true from customers",
    "select cast('1' as int), '2'::int, try_cast('x' as int), interval 1 day, null is null, "
    "1 between 0 and 2, 'x' like 'x%', 'x' in ('x'), coalesce(null, 1), case when true then 1 end",
    "select * from (pivot (select persona, frequency from customer_segments) on persona in "
    "('Loyal', 'Lost') using count(*))",
    "select 1 as a, 2 as a",
    'select 1 as "a ""quoted"" name", 2 as "select"',
    "select current_date, now() is not null, 1 -- a comment at the end",
    "select * from orders tablesample 10%",
    "select * exclude (run_id) replace (upper(persona) as persona) from customer_segments",
    "select columns('.*_id') from customer_segments",
    "select main.lower('X') from main.personas",
]


@pytest.mark.parametrize("sql", ANSWERED)
def test_questions_are_answered(console, sql):
    assert len(console.run(sql).frame.columns)


@pytest.mark.parametrize("name", query_names())
def test_every_query_of_the_pages_runs_in_the_console(console, name):
    from test_dashboard_queries import values

    console.run(filled(read_sql(name), values("full")))


def test_literals_are_quoted():
    text = filled("select $a, $b, $c", {"a": "o'Hara", "b": None, "c": 1.5})
    assert text == "select 'o''Hara', null, 1.5"


def test_rows_cells_and_order(console):
    answer = console.run("select * from range(1000000) as t(n) order by n desc")
    assert len(answer.frame) == CONSOLE_ROWS and answer.is_cut
    assert answer.frame["n"].tolist()[:2] == [999_999, 999_998]
    wide = console.run("select array_agg(customer_id) as ids from orders, range(50)").frame
    assert len(wide["ids"][0]) == CONSOLE_CELL


def test_memory_is_bounded(console):
    with pytest.raises(Refused, match="memory"):
        console.run("select list(n) from range(1000000000) as t(n)")
    assert console.run("select 1 as one").frame["one"][0] == 1


def test_time_is_bounded(monkeypatch):
    monkeypatch.setattr(consoles, "CONSOLE_SECONDS", 1)
    opened = Console(export("short"), connection("short"))
    try:
        for sql in (
            "select count(*) from range(100000000000)",
            "with recursive r as (select 1 as n union all from r select n) from r select sum(n)",
        ):
            started = time.monotonic()
            with pytest.raises(Refused, match="Stopped after 1 seconds"):
                opened.run(sql)
            assert time.monotonic() - started < 8
        assert opened.run("select 1 as one").frame["one"][0] == 1
    finally:
        opened.close()


def test_many_at_once(console):
    found = []

    def ask(n: int) -> None:
        found.append(console.run(f"select {n} as n, count(*) as c from orders").frame["n"][0])

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(6))


def test_functions_that_reach_outside_are_not_harmless():
    with duckdb.connect() as con:
        known = harmless_functions(con)
    assert {"sum", "lower", "date_trunc", "quantile_cont", "list_transform"} <= known
    for word in ("read_", "setting", "env", "sleep", "log_message", "secret", "execute"):
        assert not [name for name in known if word in name]


def test_errors_name_no_paths(console, folder):
    with pytest.raises(Refused) as refused:
        console.run("select no_such_column from orders")
    assert "no_such_column" in str(refused.value)
    assert str(folder) not in str(refused.value)
