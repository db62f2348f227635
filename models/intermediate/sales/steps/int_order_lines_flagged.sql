with

order_lines as (

    select * from {{ ref('int_order_lines_priced') }}

),

copies as (

    select * from {{ ref('int_order_lines_copied') }}

),

superseded as (

    select * from {{ ref('int_orders_superseded') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates_chosen') }}

),

products as (

    select * from {{ ref('int_products_classified') }}

),

flagged as (

    select
        order_lines.load_id,
        order_lines.source_row,
        order_lines.source_file,
        order_lines.order_id,
        order_lines.customer_id,
        order_lines.product_id,
        order_lines.description,
        order_lines.ordered_at,
        order_lines.quantity,
        order_lines.unit_price,
        order_lines.unit_price_in_currency,
        order_lines.units,
        order_lines.amount,
        order_lines.amount_in_currency,
        order_lines.discount,
        order_lines.refund,
        order_lines.currency,
        order_lines.country,
        order_lines.parse_problem,
        order_lines.status_problem,
        order_lines.is_forgotten,
        order_lines.is_without_rate,
        order_lines.is_negative_return,
        order_lines.is_cancellation,
        order_lines.is_adjustment,
        products.product_class,
        products.code_description,
        order_lines.ordered_at >= as_of_dates.as_of_date as is_after_as_of,
        superseded.order_id is not null as is_superseded,
        copies.copy_number is not null as is_copy
    from order_lines
    left join copies
        on
            order_lines.load_id = copies.load_id
            and order_lines.source_row = copies.source_row
    left join superseded
        on
            order_lines.order_id = superseded.order_id
            and order_lines.load_id = superseded.load_id
    left join products
        on order_lines.product_id = products.product_id
    left join as_of_dates
        on true

)

select * from flagged
