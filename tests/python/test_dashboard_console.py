"""The console answers questions."""

import math
import threading

import duckdb
import pandas as pd
import pytest
from dashboard_support import connection, export

from dashboard.console import Console, Refused, filled
from dashboard.console_page import FIRST
from dashboard.database import query_names, read_sql
from dashboard.settings import CONSOLE_CELL, CONSOLE_ROWS


@pytest.fixture(scope="module")
def console():
    opened = Console(export("full"), connection("full"))
    yield opened
    opened.close()


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
    "select count(*) as people from chosen_customers(date '2011-12-10', segment := 1)",
]


@pytest.mark.parametrize("sql", ANSWERED)
def test_questions_are_answered(console, sql):
    assert len(console.run(sql).frame.columns)


@pytest.mark.parametrize("name", query_names())
def test_every_query_of_the_pages_runs_in_the_console(console, name):
    from test_dashboard_queries import values

    console.run(filled(read_sql(name), values("full")))


def test_answers_are_what_the_parquet_holds(console):
    """Every kind of value, against DuckDB on the file itself."""
    sql = (
        "select customer_id, order_date, ordered_at, line_count, net_amount, "
        "net_amount > 500 as big, nullif(line_count, 3) as gaps, "
        "sum(line_count) over () as total from {} order by all"
    )
    given = console.run(sql.format("orders"))
    assert given.kinds == {
        "customer_id": "text", "order_date": "date", "ordered_at": "moment",
        "line_count": "whole", "net_amount": "decimal", "big": "boolean", "gaps": "whole",
        "total": "whole",
    }  # fmt: skip
    file = export("full").folder / "orders.parquet"
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        rows = con.execute(sql.format(f"'{file}'")).fetchmany(len(given.frame))
    assert len(rows) > 1000
    for name, cells in zip(given.kinds, zip(*rows, strict=True), strict=True):
        ours = [None if pd.isna(cell) else cell for cell in given.frame[name]]
        if name in ("order_date", "ordered_at"):
            assert [str(cell)[:19] for cell in ours] == [str(pd.Timestamp(c))[:19] for c in cells]
        elif name == "net_amount":
            assert ours == [float(cell) for cell in cells]
        else:
            assert ours == list(cells)


def test_values_that_json_and_pandas_hardly_hold(console):
    sql = (
        "select 170141183460469231731687303715884105727::hugeint as large, 'nan'::double as n, "
        "'-inf'::double as low, 9007199254740993 as exact, 'a\"\u2028é' as text, "
        "'infinity'::date as never, date '9999-12-31' as far, [1, 2] as list, null as nothing"
    )
    row = console.run(sql).frame.iloc[0]
    assert row["large"] == pytest.approx(1.7014118346046923e38)
    assert pd.isna(row["n"]) and row["low"] == -math.inf and row["exact"] == 9007199254740993
    assert row["text"] == 'a"\u2028é' and row["never"] == "infinity"
    assert str(row["far"])[:10] == "9999-12-31" and row["list"] == "[1, 2]"
    assert row["nothing"] is None or pd.isna(row["nothing"])


def test_literals_are_quoted():
    text = filled("select $a, $b, $c", {"a": "o'Hara", "b": None, "c": 1.5})
    assert text == "select 'o''Hara', null, 1.5"


def test_rows_cells_and_order(console):
    answer = console.run("select * from range(1000000) as t(n) order by n desc")
    assert len(answer.frame) == CONSOLE_ROWS and answer.is_cut
    assert answer.frame["n"].tolist()[:2] == [999_999, 999_998]
    wide = console.run("select array_agg(customer_id) as ids from orders, range(50)").frame
    assert len(wide["ids"][0]) == CONSOLE_CELL


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


def test_errors_name_no_paths(console):
    with pytest.raises(Refused) as refused:
        console.run("select no_such_column from orders")
    assert "no_such_column" in str(refused.value)
    assert str(export("full").folder) not in str(refused.value)
