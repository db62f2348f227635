with

order_lines as (

    select * from {{ ref('fct_order_lines') }}
    where line_class = 'sale'

),

-- Some invoices carry two timestamps a minute apart: the first is the order's.
summed as (

    select
        customer_id,
        order_id,
        min(ordered_at) as ordered_at,
        max_by(
            country,
            struct(country is not null, ordered_at, source_row, load_id)
        ) as country,
        count(*) as line_count,
        if(
            count(product_id) = 0,
            null,
            cast(size(collect_set(product_id)) as bigint)
        ) as product_count,
        cast(sum(amount) as decimal(38, 9)) as gross_amount,
        cast(sum(returned_amount) as decimal(38, 9)) as returned_amount,
        bool_or(has_units_left) as is_counted
    from order_lines
    group by customer_id, order_id

),

orders as (

    select
        customer_id,
        order_id,
        ordered_at,
        cast(ordered_at as date) as order_date,
        country,
        line_count,
        product_count,
        gross_amount,
        returned_amount,
        cast(gross_amount - returned_amount as decimal(38, 9)) as net_amount,
        is_counted
    from summed

)

select * from orders
