-- One page of the table. $direction is 1 for the largest first, -1 for the
-- smallest; the number breaks ties, so that pages never overlap.
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
),
page as (
    select * from selected
    order by
        $direction * case $sort
            when 'monetary' then monetary::double
            when 'frequency' then frequency
            when 'recency_days' then recency_days
            when 'membership_probability' then membership_probability
        end desc,
        customer_number
    limit $limit offset $offset
)
select
    customer_keys.customer_id,
    segment_profiles.persona,
    page.membership_probability,
    page.monetary::double as monetary,
    page.frequency,
    page.recency_days,
    page.country,
    page.is_outlier
from page
inner join customer_keys
    on page.customer_number = customer_keys.customer_number
left join segment_profiles on page.segment_id = segment_profiles.segment_id
order by
    $direction * case $sort
        when 'monetary' then page.monetary::double
        when 'frequency' then page.frequency
        when 'recency_days' then page.recency_days
        when 'membership_probability' then page.membership_probability
    end desc,
    page.customer_number
