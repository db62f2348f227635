with model_selection as (
    select * from model_selection
)

select
    segment_count,
    max(silhouette) as silhouette,
    min(bic) as bic,
    max(stability) as stability,
    max(smallest_share) as smallest_share,
    max(largest_share) as largest_share,
    bool_or(is_eligible) as is_eligible,
    bool_or(is_chosen) as is_chosen,
    arg_max(reason, is_chosen::int) as reason
from model_selection
group by segment_count
order by segment_count
