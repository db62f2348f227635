with

order_lines as (

    select * from {{ ref('stg_shop__order_lines') }}

),

copies as (

    select * from {{ ref('int_order_line_copies') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

products as (

    select * from {{ ref('int_products_classified') }}

),

flagged as (

    select
        order_lines.*,
        copies.copy_number,
        products.product_class,
        products.code_description,
        as_of_dates.as_of_date,
        -- Without quantities an amount counts as that many units of price 1.
        cast(
            if(
                order_lines.has_quantity,
                order_lines.quantity,
                order_lines.line_amount
            ) as decimal(21, 6)
        ) as units
    from order_lines
    left join copies
        on
            order_lines.load_id = copies.load_id
            and order_lines.source_row = copies.source_row
    left join products
        on order_lines.product_id = products.product_id
    left join as_of_dates
        on true

),

-- The order of the branches is the rule: the first that fits decides.
reasoned as (

    select
        *,
        case
            when is_forgotten
                then array('forgotten', parse_problem)
            when parse_problem is not null
                then array('unparseable', parse_problem)
            when ordered_at >= as_of_date
                then array('after_as_of', 'ordered after the as-of date')
            when is_adjustment
                then array('adjustment', 'an accounting entry')
            when unit_price < 0
                then array('adjustment', 'a price below zero')
            when is_cancellation and units > 0
                then array('adjustment', 'a cancellation that adds units')
            when copy_number is not null
                then array('duplicate', 'an exact copy of an earlier line')
            when units < 0 and not (is_cancellation or is_negative_return)
                then array('write_off', 'units below zero, not cancelled')
            when unit_price <= {{ var('free_unit_price') }}
                then array('zero_price', 'no price')
            when units = 0
                then array('zero_price', 'no units')
            when product_class = 'non_product'
                then array('non_product', code_description)
            when customer_id is null
                then array('no_customer', 'no customer id')
            when units < 0 then array('return', null)
            else array('sale', null)
        end as verdict
    from flagged

),

classified as (

    select
        load_id,
        source_row,
        source_file,
        order_id,
        customer_id,
        product_id,
        description,
        ordered_at,
        quantity,
        unit_price,
        units,
        country,
        is_cancellation,
        verdict[0] as line_class,
        verdict[1] as reject_reason,
        case
            when unparsed_text is not null then null
            when has_quantity
                then cast(quantity * unit_price as decimal(38, 9))
            else cast(line_amount as decimal(38, 9))
        end as amount
    from reasoned

)

select * from classified
