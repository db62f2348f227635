with orders as (
    select * from orders
    where customer_id = $customer and ordered_at < $as_of::timestamp
)

select
    order_id,
    order_date,
    line_count,
    gross_amount,
    returned_amount,
    net_amount,
    is_counted
from orders
order by ordered_at desc, order_id asc
limit $limit
