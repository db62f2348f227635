with segment_products as (
    select * from segment_products
    where persona = $persona
)
select
    product_id,
    coalesce(description, product_id) as description,
    lift,
    customer_count,
    customer_share,
    revenue
from segment_products
order by lift desc, customer_count desc, product_id
limit 10
