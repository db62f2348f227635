with customer_segments as (
    select * from customer_segments
    where customer_id = $customer
),
dim_customers as (
    select * from customers
    where customer_id = $customer
),
person as (
    select
        dim_customers.customer_id,
        dim_customers.is_segmented,
        dim_customers.exclusion_reason,
        dim_customers.country,
        dim_customers.first_order_at,
        dim_customers.last_order_at,
        customer_segments.* exclude (
            customer_id, country, first_order_at, last_order_at
        )
    from dim_customers
    left join customer_segments
        on dim_customers.customer_id = customer_segments.customer_id
)
select * from person
