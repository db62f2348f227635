{%- set identity = [
    'order_id', 'product_id', 'description', 'quantity', 'unit_price',
    'line_amount', 'discount', 'currency', 'ordered_at', 'customer_id',
    'country',
] | join(', ') %}
with

order_lines as (

    select * from {{ ref('stg_shop__order_lines') }}

),

superseded as (

    select * from {{ ref('int_orders_superseded') }}

),

identities_repeated as (

    select * from {{ ref('int_identities_repeated') }}

),

candidates as (

    select order_lines.*
    from order_lines
    left semi join identities_repeated
        on order_lines.identity_hash = identities_repeated.identity_hash
    left anti join superseded
        on
            order_lines.order_id = superseded.order_id
            and order_lines.load_id = superseded.load_id

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

)

select * from copies
