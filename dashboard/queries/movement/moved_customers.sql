-- Who changed segment between two month ends, the largest spenders first.
-- Each of a direction, a segment to start from or to end in, and a chosen
-- segment at either end narrows the list.
with moved as (
    select * from
        moved_customers(
            $from_date,
            $to_date,
            $move,
            $from_segment_id,
            $to_segment_id,
            $segment_id
        )
    where $country is null or country = $country
    order by monetary desc, customer_number asc
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
order by moved.monetary desc, moved.customer_number asc
