with outlook_backtest as (
    select * from outlook_backtest
)

select
    cutoff_date,
    horizon_days,
    method,
    customer_count,
    top_fifth_capture,
    top_fifth_capture_low,
    top_fifth_capture_high,
    capture_gain,
    capture_gain_low,
    capture_gain_high,
    expected_spend,
    actual_spend,
    mean_absolute_error,
    mean_absolute_error_low,
    mean_absolute_error_high,
    root_mean_square_error,
    expected_active_share,
    active_share,
    brier_score,
    likely_spend_coverage
from outlook_backtest
order by cutoff_date desc, top_fifth_capture desc, method asc
