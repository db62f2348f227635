with

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}
    where reject_reason is null

),

products_returned as (

    select * from {{ ref('int_products_returned') }}

),

events as (

    select
        *,
        line_class = 'return' as is_return,
        coalesce(product_id, '') as product_key
    from order_lines

),

-- At one moment a sale comes before a return: tills write whole minutes.
events_numbered as (

    select
        events.load_id,
        events.source_row,
        events.customer_id,
        events.product_key,
        events.order_id,
        events.product_id,
        events.ordered_at,
        events.unit_price,
        events.discount,
        events.units,
        events.is_return,
        abs(events.units) as moved_units,
        row_number() over (
            partition by events.customer_id, events.product_key
            order by
                events.ordered_at,
                events.is_return,
                events.source_file,
                events.source_row,
                events.load_id
        ) as event_number
    from events
    left semi join products_returned
        on
            events.customer_id = products_returned.customer_id
            and events.product_key = products_returned.product_key

)

select * from events_numbered
