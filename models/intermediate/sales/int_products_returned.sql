with

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}
    where line_class = 'return'

),

returned as (

    select distinct
        customer_id,
        coalesce(product_id, '') as product_key
    from order_lines

)

select * from returned
