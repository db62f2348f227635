with snapshots as (
    select * from snapshots
)
select * from snapshots
order by snapshot_date desc
