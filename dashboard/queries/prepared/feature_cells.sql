-- Grain: cell of the plane of the two features that the mixture was fitted
-- on, as the model wrote them with each customer.
with customer_segments as (
    select
        segment_id,
        recency_feature,
        value_feature
    from customer_segments
),

cells as (
    select
        segment_id,
        floor(recency_feature / 0.12)::int as recency_cell,
        floor(value_feature / 0.2)::int as value_cell,
        count(*) as customer_count
    from customer_segments
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
