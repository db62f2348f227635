"""Anything at all as a config, a var or a small file: a result or one clear line, never a trace.

What has once failed is kept as an example. A soak tries a hundred times as many.
"""

import json
import os
import string
from pathlib import Path

import pytest
import runs
import yaml
from bad_configs import GOOD as GOOD_CONFIG
from bad_inputs import HEADER, good
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.cli import main
from pipeline.core.errors import InputError
from pipeline.core.settings import project_vars
from pipeline.core.vars import fault_of
from pipeline.land.canonical import CANONICAL
from pipeline.land.config import SourceConfig
from pipeline.land.config_files import load_config
from pipeline.land.scan import scan_csv

pytestmark = pytest.mark.sail

TIMES = 100 if os.environ.get("SOAK") else 1


def bounded(examples: int):
    return settings(
        max_examples=examples * TIMES,
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def is_one_line(error: InputError) -> bool:
    text = str(error)
    return bool(text) and text.isprintable() and len(text) < 2_000


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
SETTINGS = sorted(SourceConfig.model_fields)


@bounded(60)
@given(
    changes=st.dictionaries(st.sampled_from(SETTINGS) | st.text(max_size=9), VALUES, max_size=3),
    columns=st.dictionaries(st.sampled_from(CANONICAL), VALUES, max_size=4),
)
@example(changes={"timestamp_format": "y" * 201}, columns={})
@example(changes={"\x1b": None}, columns={})
@example(changes={"header": [[]]}, columns={"amount": {}})
def test_a_config_is_read_or_refused_in_one_line(tmp_path_factory, changes, columns):
    content = yaml.safe_load(GOOD_CONFIG)
    content["columns"].update(columns)
    content.update(changes)
    path = tmp_path_factory.getbasetemp() / "fuzzed.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), errors="replace")
    try:
        config = load_config(path)
    except InputError as error:
        assert is_one_line(error), str(error)
    else:
        assert config.checksum and {"customer_id", "order_id", "ordered_at"} <= set(config.columns)


@bounded(60)
@given(st.binary(max_size=200) | st.text(alphabet="{}[]:,-&*!|>'\"#%@\n\t ab1", max_size=80))
@example(b"\xef\xbb\xbf- !!float x")
@example("? [a]\n: b")
@example("a: !!timestamp 2011-13-45")
def test_any_bytes_are_a_config_or_one_line(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzzed.yml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as refused:
        load_config(path)
    assert is_one_line(refused.value), str(refused.value)


@bounded(80)
@given(st.sampled_from(sorted(project_vars())), VALUES)
@example("backtest_cutoff_days", [True])
@example("rfm_cut_points", {"monetary": [[1]]})
def test_any_value_of_a_var_is_judged(name, value):
    fault = fault_of(name, value)
    assert fault is None or (fault and "\n" not in fault)


CELLS = st.text(alphabet=string.printable + "é€👩\u202e\x1e\x1f\x85\u2028", max_size=12)
FILES = st.lists(st.lists(CELLS, max_size=10).map(",".join), max_size=8).map("\n".join)
NAMES = [HEADER, HEADER.replace(",", ";"), HEADER.upper(), ""]


@bounded(80)
@given(st.sampled_from(NAMES), FILES | st.binary(max_size=120), st.booleans(), st.booleans())
@example(HEADER, b"\r", False, False)
@example(HEADER, b"\xff", True, False)
@example("", b'"\n"', False, True)
def test_any_small_file_is_counted_or_refused_in_one_line(
    tmp_path_factory, header, content, multiline, has_header
):
    folder = tmp_path_factory.getbasetemp()
    path = folder / "fuzzed.csv"
    rest = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(header.encode() + b"\n" + rest)
    options = load_config(_config(folder, multiline)).options
    try:
        scan = scan_csv(path, options, has_header=has_header)
    except InputError as error:
        assert is_one_line(error), str(error)
    else:
        assert scan.row_count >= 0 and (scan.header is None) is not has_header


def _config(folder: Path, multiline: bool) -> Path:
    path = folder / f"fuzzed-{multiline}.yml"
    path.write_text(GOOD_CONFIG + f"options: {{multiline: {json.dumps(multiline)}}}\n")
    return path


@pytest.fixture(scope="module")
def state(spark, tmp_path_factory):
    """Give these landings a state folder and databases of their own."""
    with runs.landing_place(spark, tmp_path_factory.mktemp("fuzzed"), "fuzzed") as folder:
        yield folder


@pytest.mark.spark
@bounded(6)
@given(
    st.lists(
        st.lists(CELLS, min_size=8, max_size=8).map(
            lambda cells: ",".join('"' + each.replace('"', '""') + '"' for each in cells)
        ),
        max_size=4,
    )
)
@example(['"a\rb","","","","","","",""'])
@example(['"\u2028","\x85","\x1e","\x1f","","","",""'])
def test_what_lands_is_every_row(state, spark, tmp_path_factory, rows):
    """Rows of any text among good ones: refused in one line, or each of them is there once."""
    path = tmp_path_factory.getbasetemp() / "fuzzed-rows.csv"
    fill = [good(number) for number in range(500)]
    path.write_bytes("\n".join([HEADER, *fill, *rows]).encode() + b"\n")
    code = main(["land", "--data", str(path)])
    assert code in (0, 2)
    if code == 0:
        numbers = spark.table("fuzzed_raw.order_lines").select("source_row").collect()
        assert sorted(row[0] for row in numbers) == list(range(1, len(numbers) + 1))
        assert len(numbers) >= 500
