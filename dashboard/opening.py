"""Open the export of a session: once per rerun, checked, and never mixed with another."""

import logging
from pathlib import Path

import streamlit as st

from dashboard import formats
from dashboard.exports import (
    Export,
    ExportProblem,
    current_folder,
    exports_root,
    read_manifest,
    verify,
)

LOOK_AGAIN_SECONDS = 30
_LOG = logging.getLogger(__name__)


def export_of_session() -> Export:
    """Return the export that this session shows.

    A session stays with the export it opened, so that no view mixes two; a newer one is
    offered beside it. Where its folder is gone, the current one takes its place.
    """
    kept = st.session_state.get("export_folder")
    folder = Path(kept) if kept and Path(kept).is_dir() else current_folder(exports_root())
    manifest = folder / "manifest.json"
    written = manifest.stat().st_mtime_ns if manifest.is_file() else 0
    export = _verified(str(folder), written)
    st.session_state["export_folder"] = str(folder)
    return export


@st.cache_resource(max_entries=4, show_spinner="Checking the export …")
def _verified(folder: str, written: int) -> Export:
    export = read_manifest(Path(folder))
    verify(export)
    return export


def show_footer(export: Export) -> None:
    """Show in the side bar which export this is, and offer a newer one."""
    with st.sidebar:
        st.caption(
            f"Orders before **{formats.day(export.as_of_date)}**  \n"
            f"Run {formats.markdown(export.run_id)}  \n"
            f"Source {formats.markdown(export.manifest['source'].get('name', ''))}"
        )
        _offer_newer()


@st.fragment(run_every=LOOK_AGAIN_SECONDS)
def _offer_newer() -> None:
    try:
        newest = str(current_folder(exports_root()))
    except ExportProblem:
        return
    if newest != st.session_state.get("export_folder") and st.button(
        "Show the new export", icon=":material/refresh:", type="primary", width="stretch"
    ):
        st.session_state["export_folder"] = newest
        st.rerun(scope="app")


def show_problem(problem: ExportProblem) -> None:
    """Show what is wrong with the export and what to do, instead of a page; log where."""
    _LOG.warning("%s", problem)
    st.session_state.pop("export_folder", None)
    st.title(problem.title, anchor=False)
    st.markdown(problem.advice)
    st.button("Look again", icon=":material/refresh:")
