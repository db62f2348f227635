-- Customers between two month ends. Grain: pair of month ends, country, and
-- the segments before (null: first order in between) and after.
with after_month as (
    select * from customer_history
    where snapshot_date = $to_date
),
before_month as (
    select * from customer_history
    where snapshot_date = $from_date
),
places as (
    select
        customer_id,
        country
    from customers
    where country is not null
),
moves as (
    select
        $from_date::date as from_date,
        $to_date::date as to_date,
        places.country,
        before_month.segment_id as from_segment_id,
        before_month.persona as from_persona,
        after_month.segment_id as to_segment_id,
        after_month.persona as to_persona,
        count(*) as customer_count,
        sum(after_month.monetary) as revenue
    from after_month
    left join before_month on after_month.customer_id = before_month.customer_id
    left join places on after_month.customer_id = places.customer_id
    group by all
)
select * from moves
