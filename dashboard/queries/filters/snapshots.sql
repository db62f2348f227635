with snapshots as (
    select
        snapshot_date,
        is_month_end,
        is_as_of_date
    from snapshots
)

select * from snapshots
order by snapshot_date desc
