with

order_lines as (

    select * from {{ ref('base_shop__order_lines') }}

),

texts as (

    select
        load_id,
        source_row,
        quantity_text,
        coalesce(unit_price_text, amount_text) as unit_price_text,
        ordered_at_text
    from order_lines

)

select * from texts
