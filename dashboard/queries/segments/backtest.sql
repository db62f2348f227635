-- Rows of every segment of our method, so that the chosen one can be seen
-- among the others.
with backtest as (
    select * from backtest
    where method = 'mixture'
)

select
    cutoff_date,
    horizon_days,
    segment_rank,
    segment,
    customer_count,
    active_share,
    active_share_low,
    active_share_high,
    future_revenue_per_customer,
    future_revenue_per_customer_low,
    future_revenue_per_customer_high
from backtest
order by cutoff_date desc, segment_rank asc
