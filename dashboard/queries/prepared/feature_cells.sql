-- Grain: cell of the plane of the two features that the mixture was fitted
-- on, in standard deviations of the customers at the run's own date.
with customer_segments as (
    select
        segment_id,
        ln(1 + recency_days) as recency,
        ln(frequency) as orders,
        ln(monetary::double) as money
    from customer_segments
    where monetary > 0
),
moments as (
    select
        avg(recency) as recency_mean,
        nullif(stddev_samp(recency), 0) as recency_deviation,
        avg(orders) as orders_mean,
        nullif(stddev_samp(orders), 0) as orders_deviation,
        avg(money) as money_mean,
        nullif(stddev_samp(money), 0) as money_deviation
    from customer_segments
),
features as (
    select
        segment_id,
        (recency - recency_mean) / recency_deviation as recency_feature,
        (
            coalesce((orders - orders_mean) / orders_deviation, 0)
            + coalesce((money - money_mean) / money_deviation, 0)
        ) / sqrt(2) as value_feature
    from customer_segments
    cross join moments
),
cells as (
    select
        segment_id,
        floor(recency_feature / 0.12)::int as recency_cell,
        floor(value_feature / 0.2)::int as value_cell,
        count(*) as customer_count
    from features
    where recency_feature is not null
    group by all
),
feature_cells as (
    select
        arg_max(segment_id, (customer_count, -segment_id)) as segment_id,
        (recency_cell + 0.5) * 0.12 as recency_feature,
        (value_cell + 0.5) * 0.2 as value_feature,
        sum(customer_count)::bigint as customer_count
    from cells
    group by recency_cell, value_cell
)
select * from feature_cells
order by segment_id, recency_feature, value_feature
