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
)

select
    count(*) as customer_count,
    coalesce(sum(monetary), 0) as revenue
from selected
