"""Check the current tables by hand: ``python -m expectations``."""

import argparse

from pyspark.sql import SparkSession

from expectations.gates import ADHOC_RUN, GATES, collect_results, run_gate
from pipeline.core.command import leave, run_command
from pipeline.core.errors import GateFailed, InputError
from pipeline.core.log import say, set_verbose, step
from pipeline.core.paths import state
from pipeline.engines.session import get_session, has_lines
from pipeline.store.declared import full_name

_FIRST_TABLE = {
    "clean": "mart.fct_order_lines",
    "mart": "mart.fct_order_lines",
    "segments": "mart.fct_customer_segments",
}
_HOW_TO_FILL = {
    "raw": "land lines first (make run, or python -m pipeline run)",
    "clean": "build the models first (dbt build)",
    "mart": "build the models first (dbt build)",
    "segments": "fit the model and build its marts first (python -m ml.train, then dbt build)",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the gates on the tables as they are.

    Parameters
    ----------
    arguments : list of str, optional
        Command line without the program; ``sys.argv`` by default.

    Returns
    -------
    int
        0 if every gate passed, 3 if one failed, 2 if there is nothing to
        check or an option is wrong.
    """
    parser = argparse.ArgumentParser(prog="python -m expectations", description=__doc__)
    parser.add_argument(
        "--gate", choices=GATES, help="only this gate; by default all that have tables"
    )
    parser.add_argument(
        "--run-id",
        default=ADHOC_RUN,
        help="keep the results under this run; by default as a check that no run is compared with",
    )
    parser.add_argument("--verbose", action="store_true", help="show the libraries' own logs")
    options = parser.parse_args(arguments)
    set_verbose(options.verbose)
    return run_command(lambda: check(options.gate, options.run_id))


def check(gate: str | None, run_id: str) -> int:
    """Run one gate, or all whose tables are filled, and print what was found.

    All of them run even if one fails, so that one look shows everything.

    Parameters
    ----------
    gate : str or None
        The gate, None for all.
    run_id : str
        The run under which the results are kept.

    Returns
    -------
    int
        0.

    Raises
    ------
    GateFailed
        If a gate failed.
    InputError
        If there is nothing to check.
    """
    spark = get_session()
    present = [each for each in GATES if _is_filled(spark, each)]
    missing = [each for each in ([gate] if gate else GATES[:1]) if each not in present]
    if missing:
        raise InputError(f"gate {missing[0]}: nothing to check; {_HOW_TO_FILL[missing[0]]}")
    failed: list[GateFailed] = []
    for each in [gate] if gate else present:
        try:
            with step(f"gate: {each}"):
                run_gate(spark, each, run_id)
        except GateFailed as failure:
            failed.append(failure)
    _report(run_id, [gate] if gate else present)
    for each in GATES:
        if not gate and each not in present:
            say(f"  - gate {each} left out: {_HOW_TO_FILL[each]}")
    if failed:
        raise GateFailed("; ".join(str(failure) for failure in failed))
    return 0


def _is_filled(spark: SparkSession, gate: str) -> bool:
    if gate == "raw":
        return has_lines(spark)
    name = full_name(_FIRST_TABLE[gate])
    return spark.catalog.tableExists(name) and bool(spark.table(name).limit(1).count())


def _report(run_id: str, gates: list[str]) -> None:
    """Print what was found, the warnings and where the Data Docs are."""
    rows = [row for row in collect_results(run_id) if row["gate"] in gates]
    for row in rows:
        if not row["success"] and row["severity"] != "critical":
            where = ".".join(filter(None, (row["suite"], row["column_name"])))
            found = ": ".join(filter(None, (row["observed_value"], row["unexpected_values"])))
            say(f"  ! {row['gate']} {where}: expected that {row['description']}; found {found}")
    passed = sum(row["success"] for row in rows)
    print(f"{passed} of {len(rows)} expectations hold; Data Docs: {state().data_docs}/index.html")


if __name__ == "__main__":
    leave(main())
