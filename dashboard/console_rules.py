"""What typed SQL may say: one SELECT over the export's own tables, and harmless functions.

DuckDB draws no line of privilege inside a process, so a statement is judged by its syntax tree
before anything runs: every kind of node, table and function that is not known to be harmless is
refused, whatever it would do.
"""

import json
import re
from typing import Any

import duckdb

from dashboard.settings import CONSOLE_CHARACTERS

_QUERY_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_TABLE_NODES = {
    "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT",
    "SHOW_REF",
}  # fmt: skip
_TABLE_FUNCTIONS = {"range", "generate_series", "unnest"}
_SHOW_TYPES = {"DESCRIBE", "SUMMARY"}
_REFUSED_FUNCTIONS = re.compile(
    r"pg_.*|has_.*|current_(?!date$|timestamp$).*|.*(setting|variable|secret|setseed|env|log_message"
    r"|write_log|execute|sleep|external|search_path|query|version|regclass|regtype|file_?name_"
    r"|sequence).*|nextval|currval|setval|txid.*|stats|vector_type|repeat|repeat_row|lpad|rpad|bar"
    r"|error|read_.*|glob|getenv|in_search_path|parse_path|format_pg_type|uuid.*|gen_random_uuid"
    r"|to_aggregate_state|add_parquet_key|create_sort_key|combine|finalize|string_split_regex_all"
)

_VALUE_NAMES = re.compile(r"current_(?!date$|timestamp$|time$).*|session_user|user")
"""Names that SQL reads as functions although they stand without brackets."""


class Refused(Exception):
    """A statement that the console does not run; the message says why, in one sentence."""


def judge(sql: str, tables: set[str]) -> str:
    """Return the statement to run, or refuse it.

    Parameters
    ----------
    sql : str
        What was typed.
    tables : set of str
        Names that may be read, in lower case.

    Returns
    -------
    str
        The one statement, without the semicolon at its end.

    Raises
    ------
    Refused
        With the reason.
    """
    if not sql.strip():
        raise Refused("There is nothing to run: type a SELECT.")
    if len(sql) > CONSOLE_CHARACTERS:
        raise Refused(f"The statement is longer than {CONSOLE_CHARACTERS} characters.")
    if "\x00" in sql:
        raise Refused("The statement holds a character that SQL does not know.")
    with duckdb.connect() as parser:
        try:
            statements = parser.extract_statements(sql)
        except duckdb.Error as error:
            raise Refused(first_lines(error)) from None
        if not statements:
            raise Refused("There is nothing to run: type a SELECT.")
        if len(statements) > 1:
            raise Refused("One statement at a time, please.")
        statement = statements[0]
        if not _is_select(statement):
            raise Refused("Only SELECT runs here: the console reads and changes nothing.")
        if statement.named_parameters:
            names = ", ".join(sorted(f"${name}" for name in statement.named_parameters))
            raise Refused(f"Write a value in place of {names}.")
        text = statement.query.strip().rstrip(";").strip()
        tree = json.loads(parser.execute("select json_serialize_sql(?)", [text]).fetchone()[0])
        if tree.get("error") or len(tree.get("statements", [])) != 1:
            raise Refused("Only SELECT runs here: the console reads and changes nothing.")
        _walk(tree["statements"], tables, harmless_functions(parser))
    return text


def _is_select(statement: duckdb.Statement) -> bool:
    try:
        return statement.type == duckdb.StatementType.SELECT
    except ValueError:
        # DuckDB knows kinds of statements that its Python names do not.
        return False


def harmless_functions(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the functions that compute from their arguments alone."""
    rows = con.execute(
        """
        select distinct lower(function_name) from duckdb_functions()
        where function_type in ('scalar', 'aggregate', 'window', 'macro')
            and (schema_name = 'main' or schema_name = 'pg_catalog' or schema_name is null)
        """
    ).fetchall()
    return {name for (name,) in rows if not _REFUSED_FUNCTIONS.fullmatch(name)}


def first_lines(error: Exception) -> str:
    """Return what DuckDB says about a statement, without paths and traces."""
    text = str(error).strip()
    return re.sub(r"(/[\w.\- ]+){2,}", "…", text)[:1200]


def _walk(node: Any, known: set[str], functions: set[str]) -> None:
    if isinstance(node, list):
        for part in node:
            _walk(part, known, functions)
        return
    if not isinstance(node, dict):
        return
    names = [str(entry.get("key", "")).lower() for entry in _ctes(node)]
    if isinstance(node.get("cte_name"), str) and node.get("type") == "RECURSIVE_CTE_NODE":
        names.append(node["cte_name"].lower())
    inner = known | set(names)
    _judge_node(node, inner, functions)
    for part in node.values():
        _walk(part, inner, functions)


def _ctes(node: dict[str, Any]) -> list[dict[str, Any]]:
    found = node.get("cte_map")
    return found.get("map", []) if isinstance(found, dict) else []


def _judge_node(node: dict[str, Any], known: set[str], functions: set[str]) -> None:
    kind = node.get("type")
    if not isinstance(kind, str):
        return
    if kind.endswith("_NODE") and kind not in _QUERY_NODES:
        raise Refused("Only SELECT runs here: the console reads and changes nothing.")
    if "class" in node:
        if node["class"] in ("FUNCTION", "WINDOW"):
            _judge_function(node, functions | _TABLE_FUNCTIONS)
        if node["class"] == "COLUMN_REF":
            _judge_column(node)
        if node["class"] == "PARAMETER":
            raise Refused("Write a value in place of the parameter.")
        return
    is_table = "sample" in node and "alias" in node
    if is_table and kind not in _TABLE_NODES:
        raise Refused(f"{kind.replace('_', ' ').lower()} is not possible here.")
    if kind == "BASE_TABLE":
        _judge_table(node, known)
    elif kind == "TABLE_FUNCTION":
        name = str((node.get("function") or {}).get("function_name", "")).lower()
        if name not in _TABLE_FUNCTIONS:
            raise Refused(f"The function {name}() is not available: read the tables listed.")
    elif kind == "SHOW_REF" and (
        node.get("show_type") not in _SHOW_TYPES or node.get("table_name")
    ):
        raise Refused("Tables and columns are listed beside the console.")


def _judge_table(node: dict[str, Any], known: set[str]) -> None:
    name = str(node.get("table_name", ""))
    schema = str(node.get("schema_name", "")).lower()
    if node.get("catalog_name") or schema not in ("", "main") or name.lower() not in known:
        raise Refused(f"There is no table {name!r} here: read the tables listed.")


def _judge_column(node: dict[str, Any]) -> None:
    names = [str(name).lower() for name in node.get("column_names", [])]
    if len(names) == 1 and _VALUE_NAMES.fullmatch(names[0]):
        raise Refused(f"{names[0]} is not available here.")


def _judge_function(node: dict[str, Any], functions: set[str]) -> None:
    name = str(node.get("function_name", "")).lower()
    if node.get("catalog") or str(node.get("schema", "")).lower() not in ("", "main"):
        raise Refused(f"The function {name}() is not available here.")
    is_operator = bool(node.get("is_operator")) or not re.match(r"\w", name)
    if name not in functions and not is_operator:
        raise Refused(f"The function {name}() is not available here.")
