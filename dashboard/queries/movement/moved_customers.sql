-- Who moved between two month ends, the largest spenders first: those whose
-- segment is worth less than before, or one flow where from and to are given.
with after_month as (
    select * from customer_months
    where snapshot_date = $to_date
        and ($country is null or country = $country)
),
before_month as (
    select * from customer_months
    where snapshot_date = $from_date
        and ($segment_id is null or segment_id = $segment_id)
),
moved as (
    select
        after_month.customer_number,
        before_month.segment_id as from_segment_id,
        after_month.segment_id as to_segment_id,
        after_month.monetary,
        after_month.frequency,
        after_month.recency_days,
        after_month.membership_probability
    from after_month
    inner join before_month
        on after_month.customer_number = before_month.customer_number
        and after_month.segment_id <> before_month.segment_id
    where (
        $from_segment_id is null
        and after_month.segment_id > before_month.segment_id
    )
    or (
        before_month.segment_id = $from_segment_id
        and after_month.segment_id = $to_segment_id
    )
    order by after_month.monetary desc, after_month.customer_number
    limit $limit
)
select
    customer_keys.customer_id,
    before_names.persona as from_persona,
    after_names.persona as to_persona,
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
