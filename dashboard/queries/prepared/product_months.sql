-- Grain: customer, product and month of the orders. The number in place of the
-- id makes joins and counts of a million customers quick.
with customer_product_months as (
    select * from customer_product_months
),

product_months as (
    select
        customer_keys.customer_number,
        customer_product_months.product_id,
        customer_product_months.order_month,
        customer_product_months.revenue
    from customer_product_months
    inner join customer_keys
        on customer_product_months.customer_id = customer_keys.customer_id
)

select * from product_months
order by order_month, product_id, customer_number
