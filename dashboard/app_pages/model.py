"""Can we trust these segments."""

from functools import partial

import streamlit as st

from dashboard import components, figures, formats, method_leads, model_card, sentences
from dashboard.charts import feature_space
from dashboard.charts import model as charts
from dashboard.charts import outlook as outlook_charts
from dashboard.charts import segments as segment_charts
from dashboard.page import current_page

page = current_page()
components.header(
    page,
    "Can we trust these segments?",
    "How the number of segments was chosen, and what the segments predicted.",
    queries="model",
)

selection = page.run("model/selection")
components_fitted = page.run("model/components")
lead = sentences.choice(components_fitted, page.export)
st.html(f'<p class="lead">{formats.html_text(lead)}</p>')

components.section(
    sentences.reason(selection),
    "Each dot is a model with so many segments, fitted on the same customers. Filled: meets every "
    "guard; hollow: fails one. The large dot was chosen.",
    shows=("model/selection",),
)
for start in (0, 2):
    for column, measure in zip(
        st.columns(2, gap="medium"), list(charts.SELECTION)[start : start + 2], strict=True
    ):
        with column:
            figures.figure(
                page,
                partial(charts.selection, selection, page.look, measure),
                selection,
                key=f"selection_{measure}",
                alt_text=f"{charts.SELECTION[measure]} by number of segments.",
                query="model/selection",
            )

metrics = page.run("model/backtest_metrics")
if metrics.empty:
    components.empty("There is no backtest.", "The source covers too few days for one.")
else:
    components.section(
        sentences.verdict(metrics, "top_fifth_capture"),
        f"Fitted on what was known at an earlier day, judged on the "
        f"{formats.count(metrics['horizon_days'].iloc[0])} days after it. Numbers of segments in "
        "brackets; lines are 95% intervals. Whether a difference is more than chance, the table "
        "says: its intervals are of the difference, on the same customers, and are narrower.",
        shows=("model/backtest_metrics",),
    )
    left, right = st.columns(2, gap="medium")
    for column, value, title in (
        (left, "top_fifth_capture", "Future revenue held by the best fifth"),
        (right, "eta_squared", "Future spend explained by the segment (eta²)"),
    ):
        with column:
            st.markdown(f"**{title}**")
            figures.figure(
                page,
                partial(charts.methods, metrics, page.look, value),
                metrics,
                key=f"methods_{value}",
                alt_text=sentences.verdict(metrics, value),
                query="model/backtest_metrics",
            )
    st.dataframe(
        method_leads.leads(metrics),
        hide_index=True,
        key="method_leads",
        alt="Table of methods: by how many points our segments lead each, with intervals.",
    )
    backtest = page.run("segments/backtest")
    components.section(
        "What each segment did next",
        "Mean of the segment's customers with its 95% interval, for each cut-off day.",
        shows=("segments/backtest",),
    )
    for column, value in zip(
        st.columns(2, gap="medium"), ("active_share", "future_revenue_per_customer"), strict=True
    ):
        with column:
            figures.figure(
                page,
                partial(
                    segment_charts.backtest,
                    backtest,
                    page.look,
                    None,
                    value=value,
                    currency=page.export.currency,
                    personas=page.filters.personas,
                ),
                backtest,
                key=f"model_{value}",
                alt_text="Dots with intervals: what each segment did after earlier cut-offs.",
                query="segments/backtest",
            )

tests = page.run("model/outlook_backtest")
if not tests.empty:
    components.section(
        sentences.forecast(tests),
        "Learned before an earlier day, judged on the "
        f"{formats.count(tests['horizon_days'].iloc[0])} days after it. Each dot is a tenth of the "
        "customers, by what was expected of them; on the dashed line it happened as expected. "
        "Lines are 95% intervals.",
        shows=("model/outlook_backtest", "model/outlook_calibration"),
    )
    tenths = page.run("model/outlook_calibration")
    for column, measure in zip(
        st.columns(2, gap="medium"), list(outlook_charts.CALIBRATED), strict=True
    ):
        with column:
            figures.figure(
                page,
                partial(
                    outlook_charts.calibration, tenths, page.look, measure, page.export.currency
                ),
                tenths[tenths["measure"] == measure],
                key=f"calibration_{measure}",
                alt_text=sentences.calibration_alt(tenths, measure, page.export.currency),
                query="model/outlook_calibration",
            )
    st.dataframe(
        outlook_charts.compared(tests, page.export.currency),
        hide_index=True,
        key="outlook_methods",
        alt="Table of methods: how much each captured, and how far it was off in money.",
    )

tenths = page.run("model/confidence_calibration")
if not tenths.empty:
    holds = sentences.confidence_holds(tenths)
    components.section(
        holds,
        "Nobody knows a customer's true segment, so this is what can be tested: the model was "
        f"fitted again {formats.plural(tenths['refit_count'].iloc[0], 'time')} on customers drawn "
        "at random with replacement. Each dot is a tenth of the customers by confidence (the "
        "probability of their own segment); its line goes from the refit that agrees least to the "
        "one that agrees most. Above the dashed line a segment holds more often than its "
        "confidence says. Who is new by rule is left out.",
        shows=("model/confidence_calibration",),
    )
    figures.figure(
        page,
        partial(charts.confidence, tenths, page.look),
        tenths,
        key="confidence",
        alt_text=holds,
        query="model/confidence_calibration",
    )

cells = page.run("model/feature_map")
if not cells.empty:
    components.section(
        "Where the model draws its lines",
        "Customers in the plane of the two features that the mixture was fitted on; outlines at "
        "one and two standard deviations of each component.",
        shows=("model/feature_map", "model/components"),
    )
    figures.figure(
        page,
        partial(feature_space.feature_map, cells, components_fitted, page.look),
        cells,
        key="feature_map",
        wide=True,
        alt_text="Map of customers by recency and value with the outlines of the components.",
        query="model/feature_map",
    )

drift = page.run("model/drift")
if not drift.empty:
    components.section(
        sentences.drift(drift),
        "Distance of each month's customers from those of the fit (population stability index; "
        "for unusual customers, their share). A diamond is above its threshold.",
        shows=("model/drift",),
    )
    features = [name for name in feature_space.FEATURES if (drift["feature"] == name).any()]
    for column, feature in zip(st.columns(len(features)), features, strict=True):
        with column:
            figures.figure(
                page,
                partial(feature_space.drift, drift, page.look, feature),
                drift[drift["feature"] == feature],
                key=f"drift_{feature}",
                alt_text=f"Drift of {feature_space.FEATURES[feature]} by month.",
                query="model/drift",
            )

model_card.show(page)
