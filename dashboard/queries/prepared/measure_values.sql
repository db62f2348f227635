-- Grain: measure and customer, at the run's own as-of date: the measures that
-- segments are compared by. A measure the source lacks leaves no rows.
with customers as (
    select
        segment_id,
        persona,
        recency_days::double as recency_days,
        frequency::double as frequency,
        monetary::double as monetary,
        average_order_value::double as average_order_value,
        average_days_between_orders,
        tenure_days::double as tenure_days,
        product_count::double as product_count,
        return_rate
    from customer_segments
),
measure_values as (
    unpivot customers
    on columns(* exclude (segment_id, persona))
    into name measure value amount
)
select * from measure_values
