-- Customers between two month ends. Grain: pair of month ends, country, and
-- the segments before (null: first order in between) and after (null: every
-- order came back in between).
with after_month as (
    select * from customer_months
    where snapshot_date = $to_date
),
before_month as (
    select * from customer_months
    where snapshot_date = $from_date
),
counted as (
    select
        coalesce(after_month.country, before_month.country) as country,
        before_month.segment_id as from_segment_id,
        after_month.segment_id as to_segment_id,
        count(*) as customer_count,
        sum(coalesce(after_month.monetary, before_month.monetary)) as revenue
    from after_month
    full join before_month
        on after_month.customer_number = before_month.customer_number
    group by all
),
moves as (
    select
        $from_date::date as from_date,
        $to_date::date as to_date,
        counted.country,
        counted.from_segment_id,
        before_names.persona as from_persona,
        counted.to_segment_id,
        after_names.persona as to_persona,
        counted.customer_count,
        counted.revenue
    from counted
    left join segment_profiles as before_names
        on counted.from_segment_id = before_names.segment_id
    left join segment_profiles as after_names
        on counted.to_segment_id = after_names.segment_id
)
select * from moves
