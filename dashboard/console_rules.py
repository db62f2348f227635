"""What typed SQL may name: the export's tables, and no catalogue or setting of DuckDB's.

Nothing here bounds time or memory, and nothing but the export can be reached anyway: that is
the process's own business (`console_worker`). DuckDB shows everybody its settings, among them
the folder of the export, and its catalogues, so a statement is looked through for their names.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import duckdb

_TABLE_FUNCTIONS = {"range", "generate_series", "unnest"}


class Refused(Exception):
    """A statement that the console does not run; the message says why, in one sentence."""


class Names(NamedTuple):
    """Names in lower case: the export's tables, its table macros, and what is not shown."""

    tables: frozenset[str]
    macros: frozenset[str]
    hidden: frozenset[str]


def names(con: duckdb.DuckDBPyConnection) -> Names:
    """Return the names that statements of a connection may and may not use."""
    rows = con.execute(
        """
        select table_name as name, 'table' as kind from duckdb_tables()
        union all
        select view_name, if(internal, 'hidden', 'table') from duckdb_views()
        where schema_name <> 'information_schema'
        union all
        select function_name, 'macro' from duckdb_functions()
        where function_type = 'table_macro' and not internal
        union all
        -- What tells of catalogues and settings, or binds a text as SQL.
        select function_name, 'hidden' from duckdb_functions()
        where schema_name = 'pg_catalog' or regexp_full_match(
            function_name,
            'pg_.*|version|.*(setting|variable|schema|database|catalog|search_path|_plan).*'
        )
        """
    ).fetchall()
    found = {
        kind: frozenset(name.lower() for name, of_kind in rows if of_kind == kind)
        for kind in ("table", "macro", "hidden")
    }
    return Names(found["table"], found["macro"], found["hidden"])


def judge(con: duckdb.DuckDBPyConnection, sql: str, known: Names) -> str:
    """Return the one SELECT that was typed, without the semicolon at its end.

    Parameters
    ----------
    con : DuckDBPyConnection
        Parses the statement; nothing of it is run.
    sql : str
        What was typed.
    known : Names
        What it may name.

    Raises
    ------
    Refused
        With the reason, where it is something else or names something else.
    """
    statements = con.extract_statements(sql)
    if not statements:
        raise Refused("There is nothing to run: type a SELECT.")
    if len(statements) > 1:
        raise Refused("One statement at a time, please.")
    text = statements[0].query.strip().rstrip(";").strip()
    ((tree_json,),) = con.execute("select json_serialize_sql(?)", [text]).fetchall()
    tree = json.loads(tree_json)
    if tree.get("error"):
        raise Refused("Only SELECT runs here: the console reads and changes nothing.")
    nodes = list(_nodes(tree["statements"]))
    ctes = {str(node["key"]).lower() for node in nodes if "key" in node}
    for node in nodes:
        _judge_node(node, known, (known.tables | ctes) - known.hidden)
    return text


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def _judge_node(node: dict[str, Any], known: Names, tables: frozenset[str]) -> None:
    path = [str(part) for part in (node.get("qualified_name") or {}).get("path", [])]
    name = path[-1] if path else ""
    is_main = [part.lower() for part in path[:-1]] in ([], ["main"])
    if node.get("type") == "BASE_TABLE":
        if not is_main or name.lower() not in tables:
            raise Refused(f"There is no table {name!r} here: read the tables listed.")
    elif node.get("type") == "TABLE_FUNCTION":
        name = str(node["function"]["function_name"])
        if name.lower() not in _TABLE_FUNCTIONS | known.macros:
            raise Refused(f"The function {name}() is not available: read the tables listed.")
    elif node.get("type") == "SHOW_REF" and name:
        raise Refused("Tables and columns are listed beside the console.")
    elif node.get("class") == "PARAMETER":
        raise Refused("Write a value in place of the parameter.")
    elif "function_name" in node and (not is_main or name.lower() in known.hidden):
        raise Refused(f"The function {name}() is not available here.")
