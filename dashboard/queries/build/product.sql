with products as (
    select * from products
    where product_id = $product
)

select
    product_id,
    coalesce(description, product_id) as description
from products
