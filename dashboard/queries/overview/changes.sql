-- Who slipped and who rose between two month ends, by segment, with what they
-- spent in the twelve months before the later one and what to do about it.
-- Those who slipped come first, then the most money.
with after_month as (
    select
        *,
        recency_days <= $to_date::date - $from_date::date as has_ordered
    from customer_months
    where snapshot_date = $to_date
        and ($country is null or country = $country)
),
before_month as (
    select * from customer_months
    where snapshot_date = $from_date
),
moved as (
    select
        after_month.customer_number,
        before_month.segment_id as from_segment_id,
        after_month.segment_id as to_segment_id,
        directions.direction
    from after_month
    inner join before_month
        on after_month.customer_number = before_month.customer_number
        and after_month.segment_id <> before_month.segment_id
    inner join directions
        on before_month.segment_id = directions.from_segment_id
        and after_month.segment_id = directions.to_segment_id
        and after_month.has_ordered = directions.has_ordered
    where directions.direction in ('slipped', 'rose')
        and (
            $segment_id is null
            or before_month.segment_id = $segment_id
            or after_month.segment_id = $segment_id
        )
),
orders as (
    select
        customer_id,
        net_amount
    from orders
    where is_counted
        and order_date < $to_date
        and order_date >= $to_date::date - to_months(12)
),
spent as (
    select
        customer_keys.customer_number,
        sum(orders.net_amount) as year_revenue
    from orders
    inner join customer_keys
        on orders.customer_id = customer_keys.customer_id
    where customer_keys.customer_number in (select customer_number from moved)
    group by customer_keys.customer_number
),
changes as (
    select
        moved.direction,
        moved.from_segment_id,
        before_names.persona as from_persona,
        moved.to_segment_id,
        after_names.persona as to_persona,
        after_names.recommended_action,
        count(*) as customer_count,
        coalesce(sum(spent.year_revenue), 0) as year_revenue
    from moved
    left join spent on moved.customer_number = spent.customer_number
    left join segment_profiles as before_names
        on moved.from_segment_id = before_names.segment_id
    left join segment_profiles as after_names
        on moved.to_segment_id = after_names.segment_id
    group by all
)
select * from changes
order by
    direction = 'slipped' desc,
    year_revenue desc,
    from_segment_id,
    to_segment_id
