with segment_profiles as (
    select * from segment_profiles
)
select
    segment_id,
    persona,
    icon,
    persona_description,
    recommended_action,
    median_recency_days,
    median_frequency,
    median_monetary,
    mean_membership_probability,
    outlier_count
from segment_profiles
order by segment_id
