"""Turn the suites into what a Great Expectations context stores: define apart from run."""

import logging
from typing import TYPE_CHECKING

import great_expectations as gx

from expectations.context import batch_definition
from expectations.facts import Facts
from expectations.suite import Frame, Suite

if TYPE_CHECKING:
    from great_expectations.checkpoint import Checkpoint
    from great_expectations.data_context import FileDataContext

__all__ = ["HOT_PATH_FORMAT", "OFFENDERS_FORMAT", "OFFENDER_COUNT", "define"]

OFFENDER_COUNT = 20
# BASIC keeps what was observed and a few offending values. BOOLEAN_ONLY would
# save a scan a value check, and leave nothing to compare the next run with.
HOT_PATH_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": OFFENDER_COUNT}
# For failures only: adds the keys of the offending rows. COMPLETE would
# collect every offender of a large table into the driver.
OFFENDERS_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": OFFENDER_COUNT}


def define(context: "FileDataContext", suite: Suite, frame: Frame, facts: Facts) -> "Checkpoint":
    """Store a suite, its validation and its checkpoint, and return the checkpoint.

    Everything is added or updated, so that a threshold that changed since the
    last run never meets a stale copy.

    Parameters
    ----------
    context : FileDataContext
        Where they are stored.
    suite : Suite
        The suite.
    frame : Frame
        What it will look at; decides whether Spark or pandas does so.
    facts : Facts
        What the expectations depend on.

    Returns
    -------
    Checkpoint
        Runs the suite on ``batch_parameters={"dataframe": frame}``.
    """
    # Great Expectations announces every update of a suite at level INFO.
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    stored = context.suites.add_or_update(
        gx.ExpectationSuite(name=suite.name, expectations=suite.expectations(facts))
    )
    validation = context.validation_definitions.add_or_update(
        gx.ValidationDefinition(
            name=suite.name, data=batch_definition(context, suite.name, frame), suite=stored
        )
    )
    return context.checkpoints.add_or_update(
        gx.Checkpoint(
            name=f"{suite.gate}.{suite.name}",
            validation_definitions=[validation],
            result_format=HOT_PATH_FORMAT,
        )
    )
