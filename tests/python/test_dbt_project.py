"""House rules of the dbt project, read off its manifest.

They are those of dbt-project-evaluator with its default settings (which can't
be installed everywhere), except the form of key tests: `rows_satisfy` counts as
one too. And the style that the project's own SQL keeps.
"""

import csv
import json
import os
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODELS = sorted((ROOT / "models").rglob("*.sql"))
SINGULAR = sorted((ROOT / "tests" / "singular").rglob("*.sql"))
PROJECT = "customer_segmentation"
SEEDS = sorted((ROOT / "seeds").glob("*.csv"))
FOLDERS = {"base": "base", "stg": "staging", "int": "intermediate", "fct": "marts", "dim": "marts"}


@pytest.fixture(scope="module")
def manifest() -> dict:
    """Return dbt's manifest; parsing needs no Spark."""
    from dbt.cli.main import dbtRunner

    from pipeline.engines.transform import preload

    preload()
    outcome = dbtRunner().invoke(
        [
            *("parse", "--quiet", "--log-level", "none", "--log-path", os.environ["STATE_DIR"]),
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT / "profiles")),
        ]
    )
    assert outcome.success, outcome.exception
    return json.loads((Path(os.environ["STATE_DIR"]) / "dbt/target/manifest.json").read_text())


@pytest.fixture(scope="module")
def models(manifest) -> dict[str, dict]:
    return {i: n for i, n in manifest["nodes"].items() if n["resource_type"] == "model"}


def parents(node: dict) -> set[str]:
    return {name for name in node["depends_on"]["nodes"]}


def prefix(node: dict) -> str:
    return node["name"].split("_")[0]


def test_everything_is_described(manifest, models):
    described = [*models.values(), *manifest["sources"].values()]
    described += [n for n in manifest["nodes"].values() if n["resource_type"] == "seed"]
    missing = [
        f"{node['name']}.{column['name']}"
        for node in described
        for column in [{"name": "", "description": node["description"]}, *node["columns"].values()]
        if not column["description"].strip()
    ]
    assert not missing
    assert not [node["name"] for node in described if not node["columns"]]
    assert not [n["name"] for n in models.values() if "Grain: " not in n["description"]]
    assert not [
        s["source_name"] for s in manifest["sources"].values() if not s["source_description"]
    ]
    own = [m for m in manifest["macros"].values() if m["package_name"] == PROJECT]
    assert not [
        macro["name"]
        for macro in own
        if not all(part["description"].strip() for part in [macro, *macro["arguments"]])
    ]

    texts = [doc["block_contents"] for doc in manifest["docs"].values()]
    texts += [
        column["description"]
        for node in described
        for column in node["columns"].values()
        if not column["doc_blocks"]
    ]
    counted = Counter(" ".join(text.split()) for text in texts)
    assert not [text for text, count in counted.items() if count > 1]


def columns_under_test(manifest) -> dict[str, set[tuple[str, ...]]]:
    """Return, by generic test and model, the columns that it tests."""
    tested = defaultdict(set)
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("test_metadata"):
            given = node["test_metadata"]["kwargs"]
            columns = given.get("key") or [given.get("column_name")]
            tested[node["test_metadata"]["name"], node["attached_node"]].add(tuple(columns))
    return tested


def test_every_model_has_a_tested_key(manifest, models):
    tested = columns_under_test(manifest)
    for model in models:
        by_column = tested["unique", model] & tested["not_null", model]
        assert by_column or tested["rows_satisfy", model] - {(None,)}, model


def test_a_run_tests_every_mart_for_its_key(manifest, models):
    """What it leaves out of a mart's own columns, `rows_satisfy` finds."""
    nodes = manifest["nodes"].items()
    in_a_run = columns_under_test(
        {"nodes": {name: node for name, node in nodes if "thorough" not in node["tags"]}}
    )
    tested = columns_under_test(manifest)
    for name, node in models.items():
        if prefix(node) in ("fct", "dim"):
            keys = in_a_run["rows_satisfy", name]
            assert keys and (None,) not in keys, name
            assert tested["unique", name] | tested["not_null", name] <= keys, name


def test_names_agree_with_folders(models):
    for node in models.values():
        folders = Path(node["original_file_path"]).parts
        assert FOLDERS[prefix(node)] in folders, node["name"]
        if prefix(node) in ("base", "stg"):
            source = node["name"].split("_")[1]
            assert source in folders, node["name"]


def test_sources_are_read_once_and_by_staging_only(manifest, models):
    children = defaultdict(set)
    for node in models.values():
        read = {name for name in parents(node) if name.startswith("source.")}
        assert len(read) <= 1, node["name"]
        assert not read or prefix(node) in ("base", "stg"), node["name"]
        assert not read or len(parents(node)) == 1, f"{node['name']} joins a source to a model"
        for name in read:
            children[name].add(node["name"])
    assert {name: len(children[name]) for name in manifest["sources"]} == dict.fromkeys(
        manifest["sources"], 1
    )


def test_sources_are_declared_once_and_beside_their_staging(manifest):
    tables = Counter((s["schema"], s["identifier"]) for s in manifest["sources"].values())
    assert set(tables.values()) == {1}
    for source in manifest["sources"].values():
        folders = Path(source["original_file_path"]).parts
        assert folders[:3] == ("models", "staging", source["source_name"])


def test_models_name_no_table_by_hand(models):
    for node in models.values():
        code = re.sub(r"\{#.*?#\}|--[^\n]*", "", node["raw_code"], flags=re.S)
        named = re.findall(r"\b(?:from|join)\s+([\w`]+\.[\w`.]+)", code)
        assert not named, (node["name"], named)


def test_no_long_chain_of_views_is_computed_at_once(models):
    def views_above(name: str) -> int:
        node = models.get(name)
        if node is None or node["config"]["materialized"] != "view":
            return 0
        return 1 + max(map(views_above, parents(node)), default=0)

    assert max(map(views_above, models)) <= 5


def test_layers_are_read_from_left_to_right(models):
    order = {"base": 0, "stg": 1, "int": 2, "fct": 3, "dim": 3}
    for node in models.values():
        assert parents(node), f"{node['name']} has no parents"
        above = [models[name] for name in parents(node) if name in models]
        for parent in above:
            assert order[prefix(parent)] <= order[prefix(node)], (parent["name"], node["name"])
            assert (prefix(parent), prefix(node)) != ("stg", "stg"), node["name"]
            assert prefix(parent) != "base" or prefix(node) in ("base", "stg"), node["name"]
        assert len(parents(node)) < 7, node["name"]


def test_no_model_fans_out_to_three_dead_ends(manifest, models):
    children = defaultdict(set)
    for found in (models, manifest["exposures"]):
        for name, node in found.items():
            for parent in parents(node):
                children[parent].add(name)
    for name in models:
        ends = [child for child in children[name] if child in models and not children[child]]
        assert len(ends) < 3, (name, ends)


# Small tables on purpose: Spark knows their size before it joins them, and
# sends them to the lines instead of shuffling the lines (docs/billion_lines.md).
_REJOINED = {"int_identities_repeated", "int_order_lines_copied", "int_products_returned"}


def test_no_model_rejoins_what_only_it_takes_apart(models):
    children = defaultdict(set)
    for name, node in models.items():
        for parent in parents(node):
            children[parent].add(name)
    rejoined = {
        middle
        for node in models.values()
        for middle in parents(node) & set(models)
        if parents(models[middle]) & parents(node) and len(children[middle]) == 1
    }
    assert {models[name]["name"] for name in rejoined} == _REJOINED
    assert all(models[name]["config"]["materialized"] == "table" for name in rejoined)


def test_public_models_are_under_contract_and_exposures_read_only_those(manifest, models):
    for node in models.values():
        public = node["config"]["access"] == "public"
        assert public == (prefix(node) in ("fct", "dim")), node["name"]
        assert not public or node["config"]["contract"]["enforced"], node["name"]
        assert node["config"]["group"] or prefix(node) in ("base", "stg"), node["name"]
    for exposure in manifest["exposures"].values():
        assert exposure["owner"]["name"] and exposure["description"]
        for name in parents(exposure):
            assert models[name]["config"]["access"] == "public", name
            assert models[name]["config"]["materialized"] == "table", name


def test_sources_have_freshness(manifest):
    for source in manifest["sources"].values():
        assert source["freshness"]["warn_after"]["count"], source["name"]
        assert source["loaded_at_field"] or source["loaded_at_query"], source["name"]
    lines = next(s for s in manifest["sources"].values() if s["name"] == "order_lines")
    assert 'var("as_of_date")' in lines["loaded_at_query"]


def test_yml_stands_beside_its_models(manifest, models):
    for node in models.values():
        patch = Path(node["patch_path"].split("://")[1])
        assert patch.parent == Path(node["original_file_path"]).parent, node["name"]


@pytest.mark.parametrize("path", [*MODELS, *SINGULAR], ids=lambda path: path.stem)
def test_sql_reads_from_imports_to_the_last_cte(path):
    text = path.read_text()
    for line in text.splitlines():
        if re.search(r"\b(ref|source)\(", line):
            assert re.fullmatch(r"    select \* from \{\{ (ref|source)\([^)]*\) \}\}", line), line
    code = re.sub(r"\{#.*?#\}|\{%.*?%\}|--[^\n]*", "", text, flags=re.S).strip()
    assert code.startswith("with\n")
    last = re.findall(r"^(\w+) as \($", code, flags=re.M)[-1]
    assert code.endswith(f"select * from {last}")
    # Capitals stand in quoted text and in the type of a number (1D, 0L) only.
    bare = re.sub(r"'[^']*'|\b\d+[DL]\b", "", code)
    assert bare == bare.lower()


def test_what_two_models_must_agree_on_is_the_same_text():
    """A copy is told by the columns whose hash finds it; an address is one in lines and lists."""
    text = {path.stem: path.read_text() for path in MODELS}
    (listed,) = re.findall(r"identity = \[(.*?)\]", text["int_order_lines_copied"], flags=re.S)
    (hashed,) = re.findall(r"xxhash64\((.*?)\)", text["stg_shop__order_lines"], flags=re.S)
    assert re.findall(r"\w+", listed) == re.findall(r"\w+", hashed)
    (ours,) = re.findall(r"rlike '(\^[^']*@[^']*)'", text["base_shop__order_lines_typed"])
    assert ours in text["stg_campaigns__customers"]


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_money_becomes_a_double_by_the_macro_alone(path):
    """A plain cast may give another double on Sail (`nearest_double`)."""
    money = r"\w*(amount|revenue|monetary|spend|price)\w*"
    assert not re.search(rf"cast\((\w+\.)?{money} as double\)", path.read_text())


def test_no_sql_line_is_over_80_columns():
    paths = [
        *MODELS,
        *(path for part in ("macros", "tests", "dashboard", "pipeline", "ml")
          for path in (ROOT / part).rglob("*.sql")),
    ]  # fmt: skip
    assert len(paths) > 150
    for path in paths:
        longest = max(path.read_text().splitlines(), key=len)
        assert len(longest) <= 80, (path, longest)


@pytest.mark.parametrize("path", SINGULAR, ids=lambda path: path.stem)
def test_singular_tests_are_sentences_with_their_law(path):
    assert path.stem.startswith("assert_")
    head = " ".join(path.read_text().split("\nwith\n")[0].replace("--", " ").split())
    assert path.read_text().startswith("-- ")
    assert "A row is" in head or "A row says" in head


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_seeds_survive_the_session_method(path):
    """dbt-spark's session method neither escapes quotes nor knows nulls."""
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    assert 1 < len(rows) <= 201
    for row in rows:
        assert len(row) == len(rows[0])
        for cell in row:
            assert cell and "'" not in cell and "\\" not in cell, cell


@pytest.mark.parametrize("scheme, names", [("eleven", 11), ("six", 6)])
def test_schemes_name_every_combination(scheme, names):
    with (ROOT / "seeds" / f"rfm_segments_{scheme}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    codes = Counter(row["rfm_score"] for row in rows)
    assert set(codes) == {f"{r}{f}{m}" for r in "12345" for f in "12345" for m in "12345"}
    assert set(codes.values()) == {1}
    assert len({row["rfm_segment"] for row in rows}) == names
    best = {row["rfm_score"]: row["rfm_segment"] for row in rows}
    assert best["555"] == "Champions"
