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
    where parse_problem is null

),

-- Few rows have a twin: finding them by a hash first spares sorting all rows.
suspected as (

    select identity_hash
    from order_lines
    group by identity_hash
    having count(*) > 1

),

candidates as (

    select order_lines.*
    from order_lines
    left semi join suspected
        on order_lines.identity_hash = suspected.identity_hash

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

duplicates as (

    select * from copies_numbered
    where copy_number > 1

)

select * from duplicates
