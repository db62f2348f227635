"""Which statements dbt's cursor may ask for as a query, over Spark Connect."""

import pytest

from pipeline.engines.connect_rows import _QUERY


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "\n\tSELECT(1)",
        "With one as (select 1) select * from one",
        '/* {"app": "dbt"} */\n\n-- create table\n/**/select 1',
        "/* create */ /* select */ with one as (select 1) select * from one",
    ],
)
def test_a_query_is_told_behind_its_comments(text):
    assert _QUERY.match(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "show tables",
        "selected",
        "create table t as select 1",
        '/* {"app": "dbt"} */ create table t as /* of one row */ select 1',
        "/* a */ insert into t -- b */\nselect 1 /* c */ select",
        "-- select",
        "/* select 1",
        "/**/" * 60 + "drop table t",
    ],
)
def test_what_changes_something_is_not_taken_for_a_query(text):
    assert not _QUERY.match(text)
