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
buyers as (
    select
        purchases.product_id,
        count(distinct purchases.customer_id) as customer_count
    from customer_product_months as purchases
    inner join customer_keys
        on purchases.customer_id = customer_keys.customer_id
    where purchases.order_month < $day
        and customer_keys.customer_number in (from selected)
    group by purchases.product_id
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
order by buyers.customer_count desc, buyers.product_id
limit $limit
