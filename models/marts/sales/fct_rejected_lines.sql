with

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}

),

rejected as (

    select
        load_id,
        source_row,
        source_file,
        line_class,
        reject_reason,
        order_id,
        customer_id,
        product_id,
        description,
        ordered_at,
        quantity,
        unit_price,
        amount,
        country
    from order_lines
    where reject_reason is not null

)

select * from rejected
