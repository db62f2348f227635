with segment_products as (
    select * from segment_products
    where persona = $persona
)

select
    product_id,
    coalesce(description, product_id) as description,
    customer_count,
    segment_customer_count,
    customer_share,
    overall_share,
    revenue,
    lift,
    lift_low,
    lift_high,
    customer_rank,
    revenue_rank,
    stand_out_rank
from segment_products
where
    customer_rank <= 10
    or revenue_rank <= 10
    or stand_out_rank <= 10
order by customer_rank
