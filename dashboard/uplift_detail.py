"""What campaigns brought: the lower part of the page Campaign."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import components, figures, formats, sentences
from dashboard.charts import uplift as charts
from dashboard.page import Page

QUERY = "campaign/uplift"
COMMAND = """python -m pipeline campaign add campaign_plain_csv_….csv control_group_….csv \\
    --name "Win back" --sent-on YYYY-MM-DD
make refresh"""


def show(page: Page) -> None:
    """Show each campaign beside its control group, and how to tell the project of one."""
    found = page.run(QUERY)
    if found.empty:
        components.section("What campaigns brought", shows=(QUERY,))
        st.caption("No campaign has been recorded yet.")
    else:
        _campaign(page, found)
    with st.expander("After a campaign was sent", icon=":material/terminal:"):
        st.markdown(
            "Keep both files, the list that was sent and the control group, and tell the project "
            "of them. The next result compares what the two groups ordered from that day on."
        )
        st.code(COMMAND, language="bash")


def _campaign(page: Page, found: pd.DataFrame) -> None:
    totals = found[found["is_total"]]
    components.section(
        "What campaigns brought",
        "Customers written to beside the control group, from the day a campaign was sent. In "
        "brackets and as lines: 95% intervals.",
        shows=(QUERY, "campaign/row_classes"),
    )
    names = dict(zip(totals["campaign_id"], totals["campaign_name"], strict=True))
    chosen = totals["campaign_id"].iloc[0]
    if len(names) > 1:
        chosen = st.selectbox(
            "Campaign that was sent",
            list(names),
            format_func=names.__getitem__,
            key="sent_campaign",
        )
    rows = found[found["campaign_id"] == chosen]
    total = rows[rows["is_total"]].iloc[0]
    currency = page.export.currency
    name = formats.markdown(total["campaign_name"])
    st.markdown(f"**{name}.** {sentences.uplift(total, currency)}")
    classes = page.run("campaign/row_classes")
    st.caption(
        "  \n".join(
            filter(
                None,
                (
                    sentences.campaign_window(total),
                    sentences.lost_records(classes[classes["campaign_id"] == chosen]),
                ),
            )
        )
    )
    if total["comparison"] == "not_begun":
        return
    components.facts(
        [
            ("Written to", formats.count(total["contacted_count"])),
            ("Of them ordered", formats.share(total["contacted_order_rate"])),
            ("Control group", formats.count(total["control_count"])),
            ("Of them ordered", formats.share(total["control_order_rate"])),
        ]
    )
    _charts(page, rows, currency)


def _charts(page: Page, rows: pd.DataFrame, currency: str) -> None:
    # A difference without an interval would be looked at as if it were known.
    drawn = rows[rows["order_rate_uplift_low"].notna()]
    small = rows[~rows["is_total"] & rows["order_rate_uplift_low"].isna()]
    if not drawn.empty:
        st.markdown("**More or less than in the control group**")
    for measure in charts.MEASURES if not drawn.empty else ():
        figures.figure(
            page,
            partial(charts.intervals, drawn, page.look, measure, currency, "persona"),
            drawn,
            key=f"campaign_{measure}",
            alt_text=sentences.uplift_alt(drawn, currency, is_money=measure == "revenue_uplift"),
            query=QUERY,
        )
    notes = []
    if len(drawn) > 2:
        notes.append("Of many segments compared at once, one in twenty differs by chance alone.")
    if len(drawn) and len(small):
        names = formats.markdown(", ".join(small["persona"]))
        notes.append(f"Not shown, because their groups are too small: {names}.")
    if notes:
        st.caption(" ".join(notes))
