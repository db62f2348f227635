"""The console's sandbox once more, with statements that are not in its own battery."""

import pytest
from dashboard_support import connection, export
from test_dashboard_console import HOSTILE, state

from dashboard.console import Console, Refused

READ = "read_text('/etc/passwd')"
COUNT = "(select count(*) from glob('/*'))"

AGAIN = [
    # The same functions under other names, spellings and places
    "select * from read_csv_auto('/etc/passwd')",
    "select * from read_ndjson('/proc/self/environ')",
    "select * from read_ndjson_auto('/etc/passwd')",
    "select * from read_ndjson_objects('/etc/passwd')",
    "select * from read_json_objects('/etc/passwd')",
    "from parquet_kv_metadata('{folder}/orders.parquet')",
    "from parquet_file_metadata('{folder}/orders.parquet')",
    "from parquet_bloom_probe('{folder}/orders.parquet', 'order_id', 1)",
    "select * from READ_TEXT('/etc/passwd')",
    "select * from \"read_text\"('/etc/passwd')",
    f"SELECT/**/*/**/FROM/**/{READ}",
    f"select * from main.{READ}",
    f"select * from system.main.{READ}",
    f"-- select\nselect * from {READ}",
    "select '/etc/passwd'.read_text()",
    "select ('HOME').getenv()",
    "select \"getenv\"('HOME')",
    "from $$/etc/passwd$$",
    "from 'orders.parquet'",
    "from '{folder}/../orders.parquet'",
    "from 'file:///etc/passwd'",
    "from '/proc/self/mem'",
    "from '~/.ssh/id_rsa'",
    "from 'hf://datasets/x/y.parquet'",
    "from 'gcs://bucket/x.parquet'",
    "from '\\\\host\\share\\x.parquet'",
    # Subqueries wherever one can stand
    f"select * from orders where customer_id in (select content from {READ})",
    f"select list_transform([1], lambda x: (select content from {READ}))",
    f"select 1 order by {COUNT}",
    f"select * from orders limit {COUNT}",
    f"select * from orders offset {COUNT}",
    "select count(*) filter (where exists (from glob('/*'))) from orders",
    f"select sum(1) over (order by {COUNT}) from orders",
    f"select * from orders qualify {COUNT} > 0",
    f"select count(*) from orders group by {COUNT}",
    f"select count(*) from orders having {COUNT} > 0",
    f"select * replace ((select content from {READ}) as order_id) from orders",
    f"from (values ((select content from {READ}))) as t(x)",
    f"pivot (from {READ}) on size using count(*)",
    "unpivot '/etc/passwd' on columns(*) into name n value v",
    f"select * from unnest((select list(content) from {READ}))",
    f"select * from range({COUNT})",
    f"with recursive r as (select content from {READ} union all from r) from r",
    f"with r as materialized (from {READ}) from r",
    f"select 1 as a union by name select content as a from {READ}",
    f"select 1 except select size from {READ}",
    f"from orders positional join {READ}",
    "from orders asof join '/etc/passwd' as x on orders.order_id >= x.order_id",
    "from orders semi join '/etc/passwd' using (order_id)",
    f"select case when true then (select content from {READ}) end",
    f"select {{'a': (select content from {READ})}}",
    f"select [(select content from {READ})][1]",
    f"select (from {READ} select content) || 'x'",
    f"from orders select (from {READ} select size) limit 1",
    # Other doors
    "select * from duckdb_extensions()",
    "select * from duckdb_memory()",
    "select * from duckdb_temporary_files()",
    "select * from duckdb_variables()",
    "select * from duckdb_logs()",
    "select * from pragma_storage_info('moves')",
    "select * from pragma_table_info('moves')",
    "select * from pragma_database_size()",
    "select * from pragma_user_agent()",
    "select * from seq_scan('moves')",
    "select * from force_checkpoint()",
    "select * from test_all_types()",
    "select * from sql_auto_complete('sel')",
    "select * from sqlite_scan('/tmp/x', 'y')",
    "select * from postgres_scan('host=127.0.0.1', 'a', 'b')",
    "select * from st_read('/etc/passwd')",
    "select * from read_xlsx('/tmp/x.xlsx')",
    "select current_query()",
    "select current_schemas(true)",
    "select txid_current()",
    "select pg_get_viewdef(1)",
    "select current_setting('home_directory')",
    "select * from (show tables)",
    "select * from (describe '/etc/passwd')",
    "select * from (summarize from '/etc/passwd')",
    "explain select * from orders",
    "call force_checkpoint()",
    "load '/tmp/x.duckdb_extension'",
    "create or replace temp macro lower(x) as 'owned'",
    "create persistent secret s (type http)",
    "copy from database memory to other",
    "attach '{folder}/x.duckdb' as x (read_only)",
    "set session threads = 9",
    "reset global max_execution_time",
    "set schema = 'system'",
    "analyze",
    "select 1;;copy orders to '/tmp/console_was_here'",
    "\u00a0copy orders to '/tmp/console_was_here'",
    "copy (select 1) to '/dev/stdout'",
    "(delete from moves returning *)",
    "select * from (delete from moves returning *)",
    "select error('x') from orders",
]


@pytest.fixture(scope="module")
def console():
    opened = Console(export("full"), connection("full"))
    yield opened
    opened.close()


def test_they_are_new_and_many():
    assert len(set(AGAIN)) == len(AGAIN) >= 90
    assert not set(AGAIN) & set(HOSTILE)


def test_all_are_refused_and_nothing_has_changed(console):
    folder = export("full").folder
    before = state(console, folder)
    ran = []
    for sql in AGAIN:
        try:
            answer = console.run(sql.replace("{folder}", str(folder)))
        except Refused as reason:
            assert str(reason).strip() and "root:" not in str(reason)
        else:
            ran.append((sql, answer.frame.head(1).to_dict()))
    assert ran == []
    assert state(console, folder) == before
