with segment_measures as (
    select * from segment_measures
)
select
    segment_id,
    persona,
    measure,
    amount_50,
    percentile_50,
    population_median
from segment_measures
order by segment_id, measure
