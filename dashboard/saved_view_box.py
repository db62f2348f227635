"""The widgets of saved views: open one, by its name or by a link, save and delete."""

import streamlit as st

from dashboard import formats, saved_views
from dashboard.conditions import Built
from dashboard.saved_views import SavedProblem

__all__ = ["keep", "offer"]

_ICON = ":material/save:"
_NAME, _OPENED, _SAID, _SHOWN = "build_name", "open_view", "build_said", "build_shown"


def offer() -> list[str]:
    """Offer the saved views, and put the conditions of one that is asked for into the address.

    Returns
    -------
    list of str
        Names of the views; none where they cannot be read, which is said on the page.
    """
    try:
        saved = saved_views.load()
    except SavedProblem as problem:
        st.warning(str(problem), icon=_ICON)
        saved = {}
    if (asked := st.query_params.get("view")) is not None:
        del st.query_params["view"]
        if asked in saved:
            _open(saved, asked)
        else:
            st.warning(f"There is no saved view “{formats.markdown(asked)}”.", icon=_ICON)
    if saved:
        st.selectbox(
            "Saved views", list(saved), index=None, key=_OPENED, placeholder="Open a saved view",
            on_change=lambda: _open(saved, st.session_state[_OPENED]),
        )  # fmt: skip
    return list(saved)


def _open(saved: dict[str, str], name: str | None) -> None:
    if name in saved:
        st.query_params["where"] = saved[name]
        st.session_state[_NAME] = name


def keep(built: Built, names: list[str]) -> None:
    """Let the segment that is shown be saved, or deleted where its name is a saved view's.

    Parameters
    ----------
    built : Built
        Nothing is offered for one without conditions.
    names : list of str
        Those of the saved views.
    """
    st.session_state[_SHOWN] = built
    if built:
        name_box, save_box, delete_box = st.columns([3, 1, 1], vertical_alignment="bottom")
        name_box.text_input("Name of the view", key=_NAME, max_chars=60)
        save_box.button(
            "Save the view", key="build_save", icon=_ICON, on_click=_save, width="stretch"
        )
        if (name := st.session_state.get(_NAME)) in names:
            with delete_box.popover("Delete …", width="stretch", key="build_delete_box"):
                st.button(
                    f"Delete “{formats.markdown(name)}” for everyone", key="build_delete",
                    icon=":material/delete:", on_click=_delete, args=(name,),
                )  # fmt: skip
    if said := st.session_state.pop(_SAID, None):
        st.info(formats.markdown(said), icon=_ICON)


def _save() -> None:
    """Save the conditions of the last rerun under the typed name."""
    try:
        name = saved_views.save(st.session_state[_NAME], st.session_state[_SHOWN])
        st.session_state[_SAID] = f"Saved as “{name}”."
    except SavedProblem as problem:
        st.session_state[_SAID] = str(problem)


def _delete(name: str) -> None:
    try:
        saved_views.delete(name)
        st.session_state[_SAID] = f"“{name}” is deleted."
    except SavedProblem as problem:
        st.session_state[_SAID] = str(problem)
