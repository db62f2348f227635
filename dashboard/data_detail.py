"""Reasons, gates, returns and versions: the lower parts of the data page."""

from pathlib import PurePath

import pandas as pd
import streamlit as st

from dashboard import components, formats
from dashboard.charts.data import REASONS, WORDS
from dashboard.exports import Export
from dashboard.page import Page

_CURRENCY_COLUMNS = {
    "currency": "Paid in",
    "raw_rows": "Raw lines",
    "raw_amount_in_currency": "Raw, as paid",
    "raw_amount": "Raw ({own})",
    "kept_amount_in_currency": "Kept, as paid",
    "kept_amount": "Kept ({own})",
}


def show_examples(page: Page, classes: pd.DataFrame) -> None:
    """Show ten example lines of a chosen reason.

    Parameters
    ----------
    page : Page
        To ask ``data/examples``.
    classes : DataFrame
        Result of ``data/line_classes``.
    """
    reasons = classes[~classes["is_kept"] & (classes["row_count"] > 0)]
    reasons = reasons.sort_values("row_count", ascending=False)
    if reasons.empty:
        components.empty("Every line was kept.", "")
        return
    names = [WORDS.get(name, name) for name in reasons["line_class"]]
    labels = {
        row.line_class: f"{name} ({formats.short(row.row_count)})"
        for name, row in zip(names, reasons.itertuples(), strict=True)
    }
    components.section(
        "What such lines look like",
        "The first lines of a reason, as they came.",
        shows=("data/examples",),
    )
    chosen = st.pills(
        "Reason", list(labels), default=next(iter(labels)), required=True,
        format_func=lambda name: labels[name],
        key="reason", label_visibility="collapsed",
    )  # fmt: skip
    text = reasons.loc[reasons["line_class"] == chosen, "description"].iloc[0]
    st.caption(formats.markdown(text))
    st.dataframe(
        formats.styled(page.run("data/examples", line_class=chosen), page.export.currency),
        hide_index=True,
        placeholder=formats.MISSING,
        column_config={
            "source_file": "File", "source_row": "Row", "reject_reason": "Reason",
            "order_id": "Order", "ordered_at_text": "Ordered at", "customer_id": "Customer",
            "amount": "Amount",
            **_of_the_source(page.export),
        },
        alt="Ten example lines of the chosen reason.",
    )  # fmt: skip


def _of_the_source(export: Export) -> dict[str, str | None]:
    """Return the headings of columns that a source may lack; None hides one."""
    has_product, has_quantity = export.has_product, export.has_quantity
    return {
        "product_id": "Product" if has_product else None,
        "description": "Description" if has_product else None,
        "quantity_text": "Quantity" if has_quantity else None,
        "unit_price_text": "Unit price" if has_quantity else "Amount as it came",
    }


def show_gates(page: Page, gates: pd.DataFrame) -> None:
    """Show which checks passed, and where the data report lies.

    Parameters
    ----------
    page : Page
        For the manifest.
    gates : DataFrame
        Result of ``data/gates``.
    """
    failed = int((~gates["success"].astype(bool)).sum())
    title = f"All {formats.plural(len(gates), 'check')} passed"
    if failed:
        title = f"{formats.count(failed)} of {formats.plural(len(gates), 'check')} failed"
    components.section(
        title if len(gates) else "This export has no gate results",
        "Gates on raw lines, clean lines, the mart and the segments. A critical failure stops a "
        "run, so that what failed here was a warning.",
        shows=("data/gates",),
    )
    if gates.empty:
        return
    gates = gates.assign(
        state=gates["success"].map({True: "✓ passed", False: "✗ failed"}),
        against=[
            "" if formats.is_missing(value) else formats.count(value)
            for value in gates["unexpected_count"]
        ],
    )
    st.dataframe(
        gates,
        hide_index=True,
        height=300,
        column_order=[
            "state", "gate", "description", "column_name", "severity", "against",
            "observed_value", "unexpected_values", "expectation",
        ],
        column_config={
            "state": "State", "gate": "Gate", "column_name": "Column", "severity": "Severity",
            "description": st.column_config.TextColumn("What must hold", width="large"),
            "against": "Failing rows", "observed_value": "Observed",
            "unexpected_values": "Examples", "expectation": "Expectation",
        },
        alt="Every check of the run and whether it passed.",
    )  # fmt: skip
    docs = (page.export.manifest.get("gates") or {}).get("data_docs")
    if docs:
        # A browser elsewhere can't open a file of the server, and need not know its folders.
        path = "/".join(PurePath(str(docs)).parts[-2:])
        st.caption(
            "Every check with its rows is in the data report: on the computer that made the run, "
            f"open {formats.markdown(path)} in the state folder."
        )


def show_returns(page: Page) -> None:
    """Show the returns that match no sale, and the customers who are not segmented."""
    left, right = st.columns(2, gap="medium")
    with left:
        components.section(
            "Returns that match no sale",
            "Kept lines that cannot be set against a purchase.",
            shows=("data/unmatched_returns",),
        )
        _counted(
            page,
            page.run("data/unmatched_returns").replace({"reason": REASONS}),
            {"reason": "Reason", "row_count": "Rows", "amount": "Amount"},
            nothing="Every return matches a sale.",
        )
    with right:
        components.section(
            "Customers without a segment",
            "Nothing left after cancellations and returns.",
            shows=("data/excluded_customers",),
        )
        _counted(
            page,
            page.run("data/excluded_customers").replace({"exclusion_reason": REASONS}),
            {
                "exclusion_reason": "Reason",
                "customer_count": "Customers",
                "net_amount": "Net amount",
            },
            nothing="Every customer has a segment.",
        )


def _counted(page: Page, frame: pd.DataFrame, headings: dict[str, str], *, nothing: str) -> None:
    if frame.empty:
        components.empty(nothing, "")
        return
    st.dataframe(
        formats.styled(frame, page.export.currency), hide_index=True, column_config=headings
    )


def show_currencies(page: Page) -> None:
    """Show what lines were paid in, where amounts were converted."""
    rows = page.export.manifest["account"].get("currencies") or []
    if not rows:
        return
    own = page.export.currency
    count = sum(row["currency"] is not None for row in rows)
    components.section(
        f"Paid in {count} {'currency' if count == 1 else 'currencies'} and shown in "
        f"{formats.markdown(own)}",
        "Each price was converted once, at the rate in force on the order's day.",
        shows=(),
    )
    table = pd.DataFrame(rows)[[*_CURRENCY_COLUMNS]].fillna({"currency": "(does not read)"})
    amounts = [name for name in table.columns if "amount" in name]
    table[amounts] = table[amounts].astype(float)
    titles = {name: title.format(own=own) for name, title in _CURRENCY_COLUMNS.items()}
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            **titles,
            **{
                name: st.column_config.NumberColumn(titles[name], format="localized")
                for name in amounts
            },
        },
        alt="Lines and amounts by currency, before and after conversion.",
    )


def show_origin(page: Page) -> None:
    """Show the files, the run and the versions."""
    manifest = page.export.manifest
    written = str(manifest.get("created_at", ""))[:16].replace("T", " ")
    components.section(
        f"Written {formats.markdown(written)} UTC",
        f"Everything ordered before {formats.day(page.export.as_of_date)}; run "
        f"{formats.markdown(page.export.run_id)}.",
        shows=(),
    )
    files, versions = st.columns(2, gap="medium")
    with files:
        st.dataframe(
            formats.styled(
                pd.DataFrame(manifest["source"].get("files") or []), page.export.currency
            ),
            hide_index=True,
            column_config={"source_file": "File", "rows": "Rows", "sha256": "SHA-256"},
            alt="The files of the source.",
        )
    with versions:
        pairs = {**(manifest.get("versions") or {}), "layout": manifest["schema_version"]}
        st.dataframe(
            pd.DataFrame({"part": list(pairs), "version": [str(v) for v in pairs.values()]}),
            hide_index=True,
            column_config={"part": "Part", "version": "Version"},
            alt="Versions that wrote the export.",
        )
