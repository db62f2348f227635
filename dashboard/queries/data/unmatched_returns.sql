with unmatched_returns as (
    select * from unmatched_returns
)
select * from unmatched_returns
order by row_count desc
