with drift as (
    select * from drift
)

select
    snapshot_date,
    feature,
    coalesce(population_stability_index, outlier_share) as distance,
    is_refit_due
from drift
order by snapshot_date, feature
