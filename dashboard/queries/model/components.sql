with segment_profiles as (
    select * from segment_profiles
)

select
    segment_id,
    persona,
    weight,
    mean_recency_feature,
    mean_value_feature,
    variance_recency_feature,
    variance_value_feature,
    covariance_features
from segment_profiles
order by segment_id
