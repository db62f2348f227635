with feature_cells as (
    select * from feature_cells
),

segment_profiles as (
    select
        segment_id,
        persona
    from segment_profiles
)

select
    feature_cells.segment_id,
    segment_profiles.persona,
    feature_cells.recency_feature,
    feature_cells.value_feature,
    feature_cells.customer_count
from feature_cells
inner join segment_profiles
    on feature_cells.segment_id = segment_profiles.segment_id
order by
    feature_cells.segment_id,
    feature_cells.recency_feature,
    feature_cells.value_feature
limit 5000
