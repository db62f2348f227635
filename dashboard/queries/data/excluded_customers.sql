with customers as (
    select * from customers
    where not is_segmented
)

select
    exclusion_reason,
    count(*) as customer_count,
    sum(net_amount) as net_amount
from customers
group by exclusion_reason
order by customer_count desc, exclusion_reason asc
