-- Products to choose among, those that most customers bought first.
with bought as (
    select distinct
        product_id,
        customer_number
    from product_months
),

purchases as (
    select
        product_id,
        count(*) as customer_count
    from bought
    group by product_id
),

products as (
    select
        product_id,
        description
    from products
)

select
    purchases.product_id,
    coalesce(products.description, purchases.product_id) as description,
    purchases.customer_count
from purchases
left join products on purchases.product_id = products.product_id
order by purchases.customer_count desc, purchases.product_id asc
limit $limit
