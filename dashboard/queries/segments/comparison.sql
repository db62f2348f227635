-- The median of each segment on each measure, beside that of all customers of
-- the chosen day and country, and its place among them.
with medians as (
    select * from segment_quantiles($as_of, $country, [0.5])
)

select
    segment_id,
    persona,
    measure,
    amount as amount_50,
    population_median,
    lower_share,
    higher_share,
    percentile as percentile_50
from medians
order by segment_id, measure
