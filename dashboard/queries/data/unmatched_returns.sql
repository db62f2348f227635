with unmatched_returns as (
    select
        reason,
        row_count,
        amount
    from unmatched_returns
)

select * from unmatched_returns
order by row_count desc
