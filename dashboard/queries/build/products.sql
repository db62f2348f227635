-- Products to choose among, those that most customers bought first.
with purchases as (
    select
        product_id,
        count(distinct customer_id) as customer_count
    from customer_product_months
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
order by purchases.customer_count desc, purchases.product_id
limit $limit
