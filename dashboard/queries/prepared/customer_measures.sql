-- Grain: customer. What is known of each at the run's own date alone, and the
-- day of the first order, which is known at any.
with customers as (
    select
        customer_id,
        first_order_at::date as first_order_date
    from customers
),

customer_segments as (
    select
        customer_id,
        average_days_between_orders::double as average_days_between_orders,
        tenure_days::int as tenure_days,
        product_count::int as product_count,
        return_rate::double as return_rate
    from customer_segments
),

customer_outlook as (
    select
        customer_id,
        order_chance::double as order_chance,
        expected_orders::double as expected_orders,
        expected_spend::double as expected_spend
    from customer_outlook
),

customer_measures as (
    select
        customer_keys.customer_number,
        customers.first_order_date,
        customer_segments.average_days_between_orders,
        customer_segments.tenure_days,
        customer_segments.product_count,
        customer_segments.return_rate,
        customer_outlook.order_chance,
        customer_outlook.expected_orders,
        customer_outlook.expected_spend
    from customer_keys
    inner join customers on customer_keys.customer_id = customers.customer_id
    left join customer_segments
        on customer_keys.customer_id = customer_segments.customer_id
    left join customer_outlook
        on customer_keys.customer_id = customer_outlook.customer_id
)

select * from customer_measures
order by customer_number
