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
    normalised_gini
from backtest_metrics
order by cutoff_date desc, top_fifth_capture desc, method
