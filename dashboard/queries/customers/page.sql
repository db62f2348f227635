-- One page of the table. $direction is 1 for the largest first, -1 for the
-- smallest; the number breaks ties, so that pages never overlap.
with selected as (
    select * from chosen_customers(
        $as_of,
        segment := $segment_id,
        country_name := $country,
        id_part := $search,
        least_probability := $least_sure,
        least_money := $least_spent,
        start_day := $moved_from,
        end_day := $moved_to,
        direction_of := $move,
        from_segment := $from_segment_id,
        to_segment := $to_segment_id,
        alternatives := $alternatives
    )
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
