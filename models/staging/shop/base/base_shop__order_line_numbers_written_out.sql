{#- Arabic, Persian, Devanagari and full-width digits: Spark reads any script's
    as numbers, another engine may not. -#}
{%- set scripts = '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९０１２３４５６７８９' -%}
{%- set numbers = ['quantity', 'unit_price', 'amount', 'discount', 'refund'] -%}
{%- set power = "'^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)[eE][-+]?[0-9]{1,2}$'" -%}
with

order_lines as (

    select * from {{ ref('base_shop__order_lines_described') }}

),

numbers_plain as (

    select
        {%- for number in numbers %}
            translate(
                replace({{ number }}_text, thousands_separator, ''),
                concat('{{ scripts }}', decimal_separator),
                '{{ '0123456789' * 4 }}.'
            ) as plain_{{ number }},
        {%- endfor %}
        *
    from order_lines

),

-- Not every engine reads an exponent as a decimal, and by way of a double
-- digits would be lost.
numbers_written_out as (

    select
        load_id,
        source_row,
        source_file,
        order_id,
        product_id,
        customer_id,
        description,
        country,
        {%- for number in numbers %}
            {%- set text = 'plain_' ~ number %}
            {%- set digits -%}
                concat(
                    repeat('0', 99),
                    regexp_replace({{ text }}, '[eE].*$|[-+.]', ''),
                    repeat('0', 99)
                )
            {%- endset %}
            {%- set place -%}
                99 + length(regexp_extract({{ text }}, '^[-+]?([0-9]*)', 1))
                + try_cast(regexp_extract({{ text }}, '[eE](.*)$', 1) as int)
            {%- endset %}
            if(
                {{ text }} rlike {{ power }},
                concat(
                    if(startswith({{ text }}, '-'), '-', ''),
                    substring({{ digits }}, 1, {{ place }}),
                    '.',
                    regexp_replace(
                        substring({{ digits }}, {{ place }} + 1), '0+$', ''
                    )
                ),
                {{ text }}
            ) as {{ number }}_text,
        {%- endfor %}
        ordered_at_text,
        updated_at_text,
        cancelled_at_text,
        status,
        unparsed_text,
        is_forgotten,
        timestamp_format,
        timezone,
        counted_statuses,
        is_reexported,
        is_converted,
        has_quantity,
        is_negative_return,
        cancellation_prefix,
        adjustment_prefix,
        currency
    from numbers_plain

)

select * from numbers_written_out
