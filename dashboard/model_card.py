"""How this run's segments relate to the last run's, and the model card."""

import streamlit as st

from dashboard import components, formats
from dashboard.page import Page


def show(page: Page) -> None:
    """Show the lineage and the model card, under the charts of the model page."""
    lineage = page.run("model/lineage")
    components.section(
        "What became of the last run's segments",
        "The segment of the last run about the same shop that shares most customers with each of "
        "today's.",
        shows=("model/lineage",),
    )
    if lineage.empty:
        components.empty(
            "There is no earlier run to compare with.",
            "Runs are compared where they read the same kind of source and share a file.",
        )
    else:
        st.dataframe(
            formats.styled(lineage, page.export.currency),
            hide_index=True,
            column_config={
                "segment_id": None,
                "previous_segment_id": None,
                "persona": st.column_config.TextColumn("Segment now"),
                "previous_persona": st.column_config.TextColumn("Segment before"),
                "shared_customer_count": "Customers in both",
                "share_of_segment": "Of today's segment",
            },
        )
    card = page.export.folder / "MODEL_CARD.md"
    components.section("The model card", shows=())
    if not card.is_file() or card.is_symlink():
        components.empty("This export has no model card.", "Write a new export with `make run`.")
        return
    text = card.read_text(encoding="utf-8")
    with st.expander("Read the model card", icon=":material/description:"):
        st.markdown(_without_title(text))
    st.download_button(
        "Download",
        text,
        file_name=f"model_card_{formats.file_part(page.export.run_id)}.md",
        icon=":material/download:",
        on_click="ignore",
    )


def _without_title(text: str) -> str:
    """Return Markdown without its first heading and with headings below the page's own."""
    lines = text.splitlines()
    if lines and lines[0].startswith("# "):
        lines = lines[1:]
    # Dollars would be read as mathematics.
    return "\n".join(f"###{x}" if x.startswith("#") else x for x in lines).replace("$", r"\$")
