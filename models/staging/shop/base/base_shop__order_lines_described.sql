{%- set numbers = ['quantity', 'unit_price', 'amount', 'discount', 'refund'] -%}
{%- set money = '([$€£¥₹₩₽₺₫₪₴฿]|[A-Z]{1,3}[$]?|kr[.]?|zł|Kč|Fr[.])?' -%}
{%- set before = "'^[-+( \u00a0\u202f]*" ~ money ~ "[-+( \u00a0\u202f]*'" -%}
{%- set behind = "'[-+) \u00a0\u202f]*" ~ money ~ "[-+) \u00a0\u202f]*$'" -%}
with

order_lines as (

    select * from {{ ref('base_shop__order_lines') }}

),

loads as (

    select * from {{ ref('base_shop__loads') }}

),

described as (

    select
        order_lines.load_id,
        order_lines.source_row,
        order_lines.source_file,
        {%- for id in ['order_id', 'product_id', 'customer_id'] %}
            if(
                loads.is_decimal_id and endswith(order_lines.{{ id }}, '.0'),
                left(order_lines.{{ id }}, length(order_lines.{{ id }}) - 2),
                order_lines.{{ id }}
            ) as {{ id }},
        {%- endfor %}
        order_lines.description,
        order_lines.country,
        -- A plain minus stands for parentheses or a minus behind. What is left
        -- is a number or does not read; an open parenthesis alone stays.
        {%- for number in numbers %}
            {%- set text = 'order_lines.' ~ number ~ '_text' %}
            if(
                loads.has_number_signs
                and contains({{ text }}, '(') = contains({{ text }}, ')'),
                concat(
                    if({{ text }} rlike '^[^0-9]*[-(]|-[^0-9]*$', '-', ''),
                    regexp_replace(
                        regexp_replace({{ text }}, {{ before }}, ''),
                        {{ behind }},
                        ''
                    )
                ),
                {{ text }}
            ) as {{ number }}_text,
        {%- endfor %}
        order_lines.ordered_at_text,
        order_lines.updated_at_text,
        order_lines.cancelled_at_text,
        order_lines.status,
        order_lines.unparsed_text,
        order_lines.is_forgotten,
        loads.timestamp_format,
        loads.timezone,
        loads.counted_statuses,
        loads.thousands_separator,
        loads.decimal_separator,
        loads.is_reexported,
        loads.is_converted,
        loads.has_quantity,
        loads.is_negative_return,
        upper(loads.cancellation_prefix) as cancellation_prefix,
        upper(loads.adjustment_prefix) as adjustment_prefix,
        if(
            loads.is_converted, order_lines.currency, loads.currency
        ) as currency
    from order_lines
    left join loads
        on order_lines.load_id = loads.load_id

)

select * from described
