with segment_profiles as (
    select * from segment_profiles
)

select
    segment_id,
    persona,
    icon,
    life_cycle
from segment_profiles
order by segment_id
