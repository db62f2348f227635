with

order_lines as (

    select * from {{ ref('fct_order_lines') }}
    where
        line_class = 'sale'
        and has_units_left
        and product_id is not null

),

summed as (

    select
        product_id,
        customer_id,
        cast(date_trunc('month', ordered_at) as date) as order_month,
        sum(amount) as gross_amount,
        sum(returned_amount) as returned_amount
    from order_lines
    group by
        product_id,
        customer_id,
        cast(date_trunc('month', ordered_at) as date)

),

-- The difference of two decimal(38, 9) would be rounded to eight places.
joined as (

    select
        product_id,
        customer_id,
        order_month,
        cast(
            cast(gross_amount as decimal(37, 9))
            - cast(returned_amount as decimal(37, 9))
            as decimal(38, 9)
        ) as revenue
    from summed

)

select * from joined
