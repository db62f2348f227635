-- What one customer is expected to do after the run's own date; no row at
-- another date, or where the history is too short to learn from.
with customer_outlook as (
    select * from customer_outlook
    where customer_id = $customer and as_of_date = $as_of
)

select
    horizon_days,
    order_chance,
    order_chance_low,
    order_chance_high,
    expected_orders,
    expected_orders_low,
    expected_orders_high,
    expected_spend,
    expected_spend_low,
    expected_spend_high,
    likely_spend_low,
    likely_spend_high
from customer_outlook
