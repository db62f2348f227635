with

order_lines as (

    select * from {{ ref('int_stock_levels_tracked') }}
    where is_return

),

unmatched as (

    select
        load_id,
        source_row,
        customer_id,
        order_id,
        product_id,
        ordered_at,
        cast(moved_units - matched_units as decimal(21, 6)) as unmatched_units,
        cast(
            (moved_units - matched_units)
            * coalesce(unit_price, 1) as decimal(38, 9)
        ) as unmatched_amount,
        if(sold_units = 0, 'no_earlier_sale', 'more_than_was_left') as reason
    from order_lines
    where moved_units > matched_units

)

select * from unmatched
