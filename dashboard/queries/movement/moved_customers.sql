-- Who changed segment between two month ends, the largest spenders first.
-- Each of a direction, a segment to start from or to end in, and a chosen
-- segment at either end narrows the list.
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
        directions.direction,
        after_month.monetary,
        after_month.frequency,
        after_month.recency_days,
        after_month.membership_probability
    from after_month
    inner join before_month
        on after_month.customer_number = before_month.customer_number
        and after_month.segment_id <> before_month.segment_id
    inner join directions
        on before_month.segment_id = directions.from_segment_id
        and after_month.segment_id = directions.to_segment_id
        and after_month.has_ordered = directions.has_ordered
    where ($move is null or directions.direction = $move)
        and (
            $from_segment_id is null
            or before_month.segment_id = $from_segment_id
        )
        and ($to_segment_id is null or after_month.segment_id = $to_segment_id)
        and (
            $segment_id is null
            or before_month.segment_id = $segment_id
            or after_month.segment_id = $segment_id
        )
    order by after_month.monetary desc, after_month.customer_number
    limit $limit
)
select
    customer_keys.customer_id,
    before_names.persona as from_persona,
    after_names.persona as to_persona,
    moved.direction,
    moved.monetary::double as monetary,
    moved.frequency,
    moved.recency_days,
    moved.membership_probability
from moved
inner join customer_keys
    on moved.customer_number = customer_keys.customer_number
left join segment_profiles as before_names
    on moved.from_segment_id = before_names.segment_id
left join segment_profiles as after_names
    on moved.to_segment_id = after_names.segment_id
order by moved.monetary desc, moved.customer_number
