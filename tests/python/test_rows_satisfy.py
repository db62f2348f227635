"""The generic test that holds a mart's key and rules finds each of them broken."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment

pytestmark = pytest.mark.sail

SOURCE = Path(__file__).parents[1] / "generic" / "rows_satisfy.sql"
ROWS = "values ('a', 1, 5), ('a', 2, 5), ('b', 1, null), ('b', 2, -1) as rows (name, place, amount)"


@pytest.fixture(scope="module")
def broken(spark):
    """Return a function from rows, key and rules to the broken rules."""
    body = re.sub(r"\{% (end)?test\b", r"{% \1macro", SOURCE.read_text())
    macro = Environment(autoescape=False, extensions=["jinja2.ext.do"]).from_string(body).module

    def found(rows: str, **given) -> dict[str, int]:
        sql = macro.rows_satisfy(f"(select * from {rows})", **given)
        with_and_without = []
        for ansi in ("true", "false"):
            spark.conf.set("spark.sql.ansi.enabled", ansi)
            with_and_without.append({r.rule: r.key_count for r in spark.sql(sql).collect()})
        spark.conf.set("spark.sql.ansi.enabled", "true")
        assert with_and_without[0] == with_and_without[1]
        return with_and_without[0]

    return found


def test_whole_rows_break_nothing(broken):
    assert broken(ROWS, key=["name", "place"], rules=["place > 0"]) == {}
    assert broken(ROWS, key=["name", "place"]) == {}
    assert broken(ROWS, rules=["name in ('a', 'b')"]) == {}


def test_each_broken_rule_is_named_with_its_keys(broken):
    rules = ["place < 3", "amount > 0", "name = 'a'"]
    assert broken(ROWS, key=["name", "place"], rules=rules) == {"amount > 0": 2, "name = `a`": 2}
    assert broken(ROWS, rules=rules) == {"amount > 0": 2, "name = `a`": 2}


def test_a_repeated_key_is_found(broken):
    assert broken(ROWS, key=["name"]) == {"one row per name": 2}
    # A key counts once, however many of its rows break the rule.
    assert broken(ROWS, key=["name"], rules=["name = 'a'"]) == {
        "one row per name": 2,
        "name = `a`": 1,
    }


def test_parts_of_a_key_are_not_run_together(broken):
    rows = "values ('ab', 'c'), ('a', 'bc') as rows (one, other)"
    assert broken(rows, key=["one", "other"]) == {}


def test_a_key_that_lacks_a_part_is_found(broken):
    assert broken(ROWS, key=["amount", "name", "place"]) == {"amount is not null": 1}
    key = ["coalesce(amount, 0)", "name", "place"]
    assert broken(ROWS, key=key) == {}


def test_every_one_of_many_rules_has_its_bit(broken):
    rules = [f"place <> 2 or amount = {number}" for number in range(40)]
    assert broken(ROWS, key=["name", "place"], rules=rules) == {
        rule: 1 if rule.endswith("= 5") else 2 for rule in rules
    }
