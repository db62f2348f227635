with segment_profiles as (
    select * from segment_profiles
)

select
    segment_id,
    persona,
    customer_count,
    customer_share,
    revenue,
    revenue_share
from segment_profiles
order by segment_id
