"""What campaigns brought: the lower part of the page Campaign."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import components, formats, sentences
from dashboard.charts import uplift as charts
from dashboard.components import Page

QUERY = "campaign/uplift"
COMMAND = """python -m pipeline campaign add campaign_plain_csv_….csv control_group_….csv \\
    --name "Win back" --sent-on YYYY-MM-DD
make refresh"""


def show(page: Page) -> None:
    """Show each campaign beside its control group, and how to tell the project of one."""
    found = page.run(QUERY)
    if found.empty:
        components.section("What campaigns brought", shows=(QUERY,))
        st.caption("No campaign has been told to the project yet.")
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
            "Campaign that was sent", list(names), format_func=names.get, key="sent_campaign"
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
            ("Written to", formats.count(total["written_count"])),
            ("Of them ordered", formats.share(total["written_order_rate"])),
            ("Control group", formats.count(total["control_count"])),
            ("Of them ordered", formats.share(total["control_order_rate"])),
        ]
    )
    _charts(page, rows[rows["order_rate_uplift"].notna()], currency)


def _charts(page: Page, rows: pd.DataFrame, currency: str) -> None:
    if rows.empty:
        return
    for measure in charts.MEASURES:
        components.figure(
            page,
            partial(charts.intervals, rows, page.look, measure, currency, "persona"),
            rows,
            key=f"campaign_{measure}",
            alt_text=sentences.uplift_alt(rows, currency, is_money=measure == "revenue_uplift"),
            query=QUERY,
        )
    if len(rows) > 2:
        st.caption(
            "Of many segments compared at once, about one in twenty differs by chance alone; a "
            "segment whose groups are too small has no line."
        )
