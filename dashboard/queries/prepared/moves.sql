-- Customers between two month ends. Grain: pair of month ends, country,
-- direction, and the segments before (null: first order in between, direction
-- new) and after (null: every order came back in between, direction left).
-- year_revenue is what they spent in the twelve months before the later end.
with after_month as (
    select
        *,
        recency_days <= $to_date::date - $from_date::date as has_ordered
    from customer_months
    where snapshot_date = $to_date
),

before_month as (
    select * from customer_months
    where snapshot_date = $from_date
),

spent as (
    select
        customer_number,
        sum(revenue) as year_revenue
    from month_orders
    where month < $to_date and month >= $to_date::date - to_months(12)
    group by customer_number
),

counted as (
    select
        coalesce(after_month.country, before_month.country) as country,
        before_month.segment_id as from_segment_id,
        after_month.segment_id as to_segment_id,
        after_month.has_ordered,
        count(*) as customer_count,
        sum(coalesce(after_month.monetary, before_month.monetary)) as revenue,
        coalesce(sum(spent.year_revenue), 0) as year_revenue
    from after_month
    full join before_month
        on after_month.customer_number = before_month.customer_number
    left join spent
        on after_month.customer_number = spent.customer_number
    group by all
),

directed as (
    select
        counted.country,
        counted.from_segment_id,
        counted.to_segment_id,
        case
            when counted.from_segment_id is null then 'new'
            when counted.to_segment_id is null then 'left'
            else directions.direction
        end as direction,
        sum(counted.customer_count) as customer_count,
        sum(counted.revenue) as revenue,
        sum(counted.year_revenue) as year_revenue
    from counted
    left join directions
        on
            counted.from_segment_id = directions.from_segment_id
            and counted.to_segment_id = directions.to_segment_id
            and counted.has_ordered = directions.has_ordered
    group by all
),

moves as (
    select
        $from_date::date as from_date,
        $to_date::date as to_date,
        directed.country,
        directed.from_segment_id,
        before_names.persona as from_persona,
        directed.to_segment_id,
        after_names.persona as to_persona,
        directed.direction,
        directed.customer_count,
        directed.revenue,
        directed.year_revenue
    from directed
    left join segment_profiles as before_names
        on directed.from_segment_id = before_names.segment_id
    left join segment_profiles as after_names
        on directed.to_segment_id = after_names.segment_id
)

select * from moves
