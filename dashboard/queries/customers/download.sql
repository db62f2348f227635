with customer_months as (
    select * from customer_months
    where snapshot_date = $as_of
        and ($segment_id is null or segment_id = $segment_id)
        and ($country is null or country = $country)
        and membership_probability >= $least_sure
        and monetary >= $least_spent
),
found as (
    select customer_number from customer_keys
    where contains(lower(customer_id), lower($search))
),
selected as (
    select * from customer_months
    where $search is null
        or customer_number in (select customer_number from found)
)
select
    customer_keys.customer_id,
    selected.snapshot_date as as_of_date,
    segment_profiles.persona,
    selected.membership_probability,
    selected.monetary,
    selected.frequency,
    selected.recency_days,
    selected.country,
    selected.is_outlier
from selected
inner join customer_keys
    on selected.customer_number = customer_keys.customer_number
left join segment_profiles on selected.segment_id = segment_profiles.segment_id
order by selected.monetary desc, customer_keys.customer_id
