with snapshot_totals as (
    select * from snapshot_totals
    where country is not null
)

select
    country,
    max(customer_count)::bigint as customer_count
from snapshot_totals
group by country
order by sum(customer_count) desc, country
