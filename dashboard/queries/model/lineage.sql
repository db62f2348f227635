with segment_lineage as (
    select * from segment_lineage
)

select
    segment_id,
    persona,
    previous_segment_id,
    previous_persona,
    shared_customer_count,
    share_of_segment
from segment_lineage
where is_best_match
order by segment_id
