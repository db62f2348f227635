{%- set identity = [
    'order_id', 'product_id', 'description', 'quantity', 'unit_price',
    'line_amount', 'ordered_at', 'customer_id', 'country',
] | join(', ') %}
with

order_lines as (

    select * from {{ ref('stg_shop__order_lines') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates') }}

),

products as (

    select * from {{ ref('int_products_classified') }}

),

-- Files may repeat each other's rows: the n-th copy in one file is taken for
-- the n-th copy in another.
occurrences_numbered as (

    select
        *,
        {% if var('duplicates') == 'keep' -%}
            row_number() over (
                partition by load_id, {{ identity }}
                order by source_row
            )
        {%- else -%}
            1
        {%- endif %} as occurrence_number
    from order_lines

),

copies_numbered as (

    select
        *,
        row_number() over (
            partition by {{ identity }}, occurrence_number
            order by source_file, source_row, load_id
        ) as copy_number
    from occurrences_numbered

),

flagged as (

    select
        copies_numbered.*,
        products.product_class,
        products.code_description,
        as_of_dates.as_of_date,
        coalesce(
            startswith(
                upper(copies_numbered.order_id),
                copies_numbered.cancellation_prefix
            ),
            false
        ) as is_cancellation,
        coalesce(
            startswith(
                upper(copies_numbered.order_id),
                copies_numbered.adjustment_prefix
            ),
            false
        ) as is_adjustment,
        -- Without quantities an amount counts as that many units of price 1.
        cast(
            if(
                copies_numbered.has_quantity,
                copies_numbered.quantity,
                copies_numbered.line_amount
            ) as decimal(21, 6)
        ) as units
    from copies_numbered
    left join products
        on copies_numbered.product_id = products.product_id
    left join as_of_dates
        on true

),

-- The order of the branches is the rule: the first that fits decides.
reasoned as (

    select
        *,
        case
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
            when copy_number > 1
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
        quantity_text,
        unit_price_text,
        ordered_at_text,
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
