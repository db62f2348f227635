-- The days a view can be of: month ends and the run's own as-of date.
with snapshots as (
    select
        snapshot_date,
        is_month_end,
        is_as_of_date
    from customer_history
    where is_month_end or is_as_of_date
    group by all
)

select * from snapshots
order by snapshot_date
