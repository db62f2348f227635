"""The Great Expectations context: where it lies, and that it is quiet and offline."""

import logging
import os
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from expectations.data_docs import finish_data_docs
from pipeline.core.paths import state

if TYPE_CHECKING:
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.data_context import FileDataContext

    from expectations.suite import Frame

__all__ = [
    "batch_definition",
    "forget_context",
    "open_context",
    "update_data_docs",
    "validations_folder",
]

_DATA_DOCS_SITE = "gates"
_BATCH = "whole table"


def open_context() -> "FileDataContext":
    """Return the file context of the state folder, made on first use.

    It lies in ``gx`` below the state folder, so that nothing is written into
    the working tree. Telemetry and progress bars are off.

    Returns
    -------
    FileDataContext
        The same object for every call in a process with the same state folder.
    """
    return _open(state().root, state().data_docs)


def forget_context() -> None:
    """Have the next `open_context` read the folder again."""
    _open.cache_clear()


@lru_cache(maxsize=4)
def _open(root: Path, data_docs: Path) -> "FileDataContext":
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    # The libraries below Great Expectations warn about each other's versions;
    # none of it is for the reader of a gate.
    for name in ("great_expectations", "py.warnings"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"great_expectations(\..*)?")
    warnings.filterwarnings("ignore", module=r"marshmallow(\..*)?")

    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    context = gx.get_context(mode="file", project_root_dir=root)
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    _point_data_docs_at(context, data_docs)
    return context


def _point_data_docs_at(context: "FileDataContext", folder: Path) -> None:
    """Make ``folder`` the only Data Docs site, also after the state folder has moved."""
    site: Any = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(folder),
        },
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    sites = context.list_data_docs_sites()
    for name in sorted(set(sites) - {_DATA_DOCS_SITE}):
        context.delete_data_docs_site(name)
    if _DATA_DOCS_SITE not in sites:
        context.add_data_docs_site(_DATA_DOCS_SITE, site)
    elif sites[_DATA_DOCS_SITE] != site:
        context.update_data_docs_site(_DATA_DOCS_SITE, site)


def batch_definition(context: "FileDataContext", table: str, frame: "Frame") -> "BatchDefinition":
    """Return the batch that stands for the whole of ``frame``.

    Tables are checked by Spark, aggregates of a few rows in memory. With
    Spark, ``persist`` is off: Great Expectations would cache the frame and
    never let it go. No ``spark_config`` is given, because one that differs
    from the session's would restart the session.

    Parameters
    ----------
    context : FileDataContext
        Where the definition is stored.
    table : str
        Name of the asset.
    frame : pandas.DataFrame or pyspark.sql.DataFrame
        What is to be checked.

    Returns
    -------
    BatchDefinition
        The stored one where the table has been checked before.
    """
    sources = context.data_sources
    if isinstance(frame, pd.DataFrame):
        source = sources.all().get("memory") or sources.add_pandas("memory")
    else:
        source = sources.all().get("spark") or sources.add_spark("spark", persist=False)
    names = {asset.name for asset in source.assets}
    asset = source.get_asset(table) if table in names else source.add_dataframe_asset(table)
    for batch in asset.batch_definitions:
        if batch.name == _BATCH:
            return batch
    return asset.add_batch_definition_whole_dataframe(_BATCH)


def update_data_docs(context: "FileDataContext", results: list) -> None:
    """Write the pages of some validations and of their suites, and the index.

    Once a gate, and the index by our own hand: Great Expectations would read
    all validations again for it.

    Parameters
    ----------
    context : FileDataContext
        Holds the validations.
    results : list of ValidationResultIdentifier
        The validations.
    """
    suites = {result.expectation_suite_identifier for result in results}
    context.build_data_docs(
        site_names=[_DATA_DOCS_SITE],
        resource_identifiers=[*results, *suites],
        build_index=False,
    )
    finish_data_docs(state().data_docs)


def validations_folder(context: "FileDataContext") -> Path:
    """Return the folder of stored validation results (suite, then run, then time)."""
    return Path(context.root_directory) / "uncommitted" / "validations"
