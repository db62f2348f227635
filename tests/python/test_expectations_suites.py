"""The suites as they are written: typed conditions, words, thresholds, and the command."""

import inspect
import os
import re

import pytest
import yaml
from great_expectations.expectations.row_conditions import Condition

from expectations import __main__ as command
from expectations.facts import GATES, Facts
from expectations.settings import thresholds
from expectations.suites import SUITES, suites_of
from pipeline.core.errors import GateFailed, InputError
from pipeline.core.paths import project_root

pytestmark = pytest.mark.sail


@pytest.fixture(scope="module")
def facts():
    return Facts(run_id="20240701T000000Z-aaaa", limits=thresholds(), segment_count=4)


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_every_expectation_has_words_a_severity_and_a_typed_condition(suite, facts):
    found = suite.expectations(facts)
    assert found
    for expectation in found:
        assert expectation.description
        assert str(expectation.severity.value) in {"critical", "warning"}
        # A condition in a string needs a parser beside it, and without one
        # every expectation of the run fails.
        condition = getattr(expectation, "row_condition", None)
        assert condition is None or isinstance(condition, Condition)


def test_every_gate_has_suites_and_every_suite_a_gate():
    assert {suite.gate for suite in SUITES} == set(GATES)
    assert len({suite.name for suite in SUITES}) == len(SUITES)
    assert sum(len(suites_of(gate)) for gate in GATES) == len(SUITES)


def test_optional_columns_are_left_out_where_the_source_has_none(facts):
    bare = Facts(
        **{**vars(facts), "has_product": False, "has_quantity": False, "has_country": False}
    )
    for suite in SUITES:
        values = [e for e in suite.expectations(bare) if "OfType" not in type(e).__name__]
        columns = {getattr(each, "column", None) for each in values}
        assert columns.isdisjoint({"product_id", "description", "product_count", "country"})


def test_every_threshold_is_a_var_that_a_suite_uses():
    declared = yaml.safe_load((project_root() / "dbt_project.yml").read_text())["vars"]
    gate_vars = {name.removeprefix("gate_") for name in declared if name.startswith("gate_")}
    sources = "".join(inspect.getsource(inspect.getmodule(suite.frame)) for suite in SUITES)
    sources += (project_root() / "expectations" / "suite.py").read_text()
    assert set(re.findall(r"limits\.(\w+)", sources)) == gate_vars


def test_a_threshold_that_is_no_number_is_one_clear_line(monkeypatch):
    monkeypatch.setenv("SEGMENTATION_VARS", '{"gate_minimum_customers": "many"}')
    with pytest.raises(InputError, match="gate_minimum_customers is 'many'"):
        thresholds()


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_the_readme_lists_every_check(suite, facts):
    text = (project_root() / "expectations" / "README.md").read_text()
    assert f"`{suite.name}`" in text
    # Names and types of all columns have one row between them.
    checks = [each for each in suite.expectations(facts) if "OfType" not in type(each).__name__]
    columns = {each.column for each in checks if getattr(each, "column", None)}
    assert {name for name in columns if f"`{suite.name}.{name}`" not in text} == set()


# -- the command ---------------------------------------------------------------


@pytest.fixture
def tables(monkeypatch):
    """Pretend that the tables of some gates are filled, and that gate mart fails."""
    filled = {"raw", "clean", "mart"}

    def run_gate(spark, gate, run_id):
        if gate == "mart":
            raise GateFailed("gate mart failed: rfm_customers")

    monkeypatch.setattr(command, "get_session", lambda: None)
    monkeypatch.setattr(command, "_is_filled", lambda spark, gate: gate in filled)
    monkeypatch.setattr(command, "run_gate", run_gate)
    return filled


def test_the_command_fails_with_a_failed_gate(tables):
    with pytest.raises(GateFailed, match="rfm_customers") as failure:
        command.check(None, "check")
    assert failure.value.exit_code == 3


def test_the_command_passes_and_says_what_it_left_out(tables, capsys):
    tables.discard("mart")
    assert command.check(None, "check") == 0
    said = capsys.readouterr().err
    assert "gate mart left out" in said
    assert "dbt build" in said


def test_the_command_says_what_to_run_first_for_one_gate(tables):
    with pytest.raises(InputError, match="gate segments: nothing to check; fit the model"):
        command.check("segments", "check")


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["--gate", "raw"], 0, None),
        (["--gate", "segments"], 2, "error: gate segments: nothing to check"),
        ([], 3, "error: gate mart failed"),
    ],
)
def test_the_command_ends_with_its_exit_code(tables, monkeypatch, capsys, arguments, code, line):
    monkeypatch.setattr("pipeline.engines.session.end_process_session", lambda: None)
    mask = os.umask(0o022)
    try:
        assert command.main(arguments) == code
    finally:
        os.umask(mask)
    errors = [each for each in capsys.readouterr().err.splitlines() if each.startswith("error")]
    assert [each.startswith(line) for each in errors] == ([True] if line else [])
