with

lines_counted as (

    select * from {{ ref('int_customer_lines_counted') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

returns_unmatched as (

    select * from {{ ref('int_returns_unmatched') }}

),

rfm_customers as (

    select * from {{ ref('fct_rfm_customers') }}

),

orders_summed as (

    select
        customer_id,
        count_if(is_counted) as order_count,
        min(if(is_counted, ordered_at, null)) as first_order_at,
        max(if(is_counted, ordered_at, null)) as last_order_at,
        sum(gross_amount) as gross_amount,
        sum(returned_amount) as returned_amount,
        sum(net_amount) as net_amount
    from orders
    group by customer_id

),

unmatched_summed as (

    select
        customer_id,
        count(*) as unmatched_return_line_count,
        sum(unmatched_amount) as unmatched_return_amount
    from returns_unmatched
    group by customer_id

),

joined as (

    select
        lines_counted.customer_id,
        rfm_customers.customer_id is not null as is_segmented,
        case
            when rfm_customers.customer_id is not null then null
            when lines_counted.is_only_cancelled then 'only_cancelled'
            when orders_summed.customer_id is null then 'nothing_sold'
            when orders_summed.order_count = 0 then 'everything_returned'
            when orders_summed.net_amount <= 0 then 'no_net_spend'
            else 'outside_look_back'
        end as exclusion_reason,
        lines_counted.is_only_cancelled,
        orders_summed.first_order_at,
        orders_summed.last_order_at,
        lines_counted.country,
        coalesce(orders_summed.order_count, 0) as order_count,
        lines_counted.sale_line_count,
        lines_counted.return_line_count,
        coalesce(unmatched_summed.unmatched_return_line_count, 0)
            as unmatched_return_line_count,
        lines_counted.rejected_line_count,
        cast(
            coalesce(orders_summed.gross_amount, 0) as decimal(38, 9)
        ) as gross_amount,
        cast(
            coalesce(orders_summed.returned_amount, 0) as decimal(38, 9)
        ) as returned_amount,
        cast(
            coalesce(orders_summed.net_amount, 0) as decimal(38, 9)
        ) as net_amount,
        cast(
            coalesce(unmatched_summed.unmatched_return_amount, 0)
            as decimal(38, 9)
        ) as unmatched_return_amount
    from lines_counted
    left join orders_summed
        on lines_counted.customer_id = orders_summed.customer_id
    left join unmatched_summed
        on lines_counted.customer_id = unmatched_summed.customer_id
    left join rfm_customers
        on lines_counted.customer_id = rfm_customers.customer_id

)

select * from joined
