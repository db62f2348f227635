with backtest_metrics as (
    select * from backtest_metrics
)

select
    cutoff_date,
    horizon_days,
    method,
    segment_count,
    eta_squared,
    eta_squared_low,
    eta_squared_high,
    top_fifth_capture,
    top_fifth_capture_low,
    top_fifth_capture_high,
    normalised_gini,
    eta_squared_lead,
    eta_squared_lead_low,
    eta_squared_lead_high,
    top_fifth_capture_lead,
    top_fifth_capture_lead_low,
    top_fifth_capture_lead_high
from backtest_metrics
order by cutoff_date desc, top_fifth_capture desc, method asc
