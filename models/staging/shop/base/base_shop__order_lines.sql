with

source as (

    select * from {{ source('shop', 'order_lines') }}

),

trimmed as (

    select
        -- ids
        load_id,
        source_row,
        source_file,
        nullif(trim(order_id), '') as order_id,
        nullif(upper(trim(product_id)), '') as product_id,
        nullif(trim(customer_id), '') as customer_id,

        -- text
        nullif(trim(description), '') as description,
        nullif(trim(country), '') as country,
        nullif(trim(quantity), '') as quantity_text,
        nullif(trim(unit_price), '') as unit_price_text,
        nullif(trim(amount), '') as amount_text,
        nullif(trim(discount), '') as discount_text,
        nullif(trim(refund), '') as refund_text,
        nullif(trim(ordered_at), '') as ordered_at_text,
        nullif(trim(status), '') as status,
        nullif(trim(cancelled_at), '') as cancelled_at_text,
        nullif(trim(updated_at), '') as updated_at_text,
        nullif(upper(trim(currency)), '') as currency,
        unparsed_text,

        -- booleans
        coalesce(is_forgotten, false) as is_forgotten

    from source

)

select * from trimmed
