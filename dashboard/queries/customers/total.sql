with customer_months as (
    select * from customer_months
    where snapshot_date = $as_of
        and ($segment_id is null or segment_id = $segment_id)
        and ($country is null or country = $country)
        and membership_probability >= $least_sure
        and ($least_spent is null or monetary >= $least_spent)
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
    count(*) as customer_count,
    coalesce(sum(monetary), 0) as revenue
from selected
