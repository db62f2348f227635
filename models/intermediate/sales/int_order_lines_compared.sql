{%- set identity = [
    'order_id', 'product_id', 'description', 'quantity', 'unit_price',
    'line_amount', 'ordered_at', 'customer_id', 'country',
] | join(', ') %}
with

order_lines as (

    select
        *,
        xxhash64({{ identity }}) as identity_hash
    from {{ ref('stg_shop__order_lines') }}

),

-- Few rows have a twin: finding them by a hash first spares sorting all rows.
suspected as (

    select identity_hash
    from order_lines
    where parse_problem is null
    group by identity_hash
    having count(*) > 1

),

candidates as (

    select order_lines.*
    from order_lines
    left semi join suspected
        on order_lines.identity_hash = suspected.identity_hash
    where order_lines.parse_problem is null

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
    from candidates

),

copies_numbered as (

    select
        load_id,
        source_row,
        row_number() over (
            partition by {{ identity }}, occurrence_number
            order by source_file, source_row, load_id
        ) as copy_number
    from occurrences_numbered

),

copies as (

    select * from copies_numbered
    where copy_number > 1

),

compared as (

    select
        order_lines.load_id,
        order_lines.source_row,
        order_lines.source_file,
        order_lines.order_id,
        order_lines.product_id,
        order_lines.customer_id,
        order_lines.description,
        order_lines.country,
        order_lines.quantity_text,
        order_lines.unit_price_text,
        order_lines.amount_text,
        order_lines.ordered_at_text,
        order_lines.unparsed_text,
        order_lines.quantity,
        order_lines.unit_price,
        order_lines.line_amount,
        order_lines.ordered_at,
        order_lines.is_forgotten,
        order_lines.has_quantity,
        order_lines.is_negative_return,
        order_lines.is_cancellation,
        order_lines.is_adjustment,
        order_lines.parse_problem,
        coalesce(copies.copy_number, 1) as copy_number
    from order_lines
    left join copies
        on
            order_lines.load_id = copies.load_id
            and order_lines.source_row = copies.source_row

)

select * from compared
