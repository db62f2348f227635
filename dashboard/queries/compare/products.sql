-- The products of most customers of one side of a comparison.
with selected as (
    select customer_number from chosen_customers(
        $day,
        segment := $side_segment_id,
        country_name := $country,
        alternatives := $alternatives
    )
),

size as (
    select count(*) as side_count from selected
),

purchases as (
    select distinct
        product_id,
        customer_number
    from product_months
    where
        order_month < $day
        and customer_number in (from selected)
),

buyers as (
    select
        product_id,
        count(*) as customer_count
    from purchases
    group by product_id
),

products as (
    select
        product_id,
        description
    from products
)

select
    buyers.product_id,
    coalesce(products.description, buyers.product_id) as name,
    buyers.customer_count,
    buyers.customer_count / size.side_count as customer_share
from buyers
cross join size
left join products on buyers.product_id = products.product_id
order by buyers.customer_count desc, buyers.product_id asc
limit $limit
