{%- set part = "nullif(split_part(timestamp_format, '|', %s), '')" -%}
{%- set days = "'^[0-9]{1,5}([.,][0-9]{1,12})?$'" -%}
with

order_lines as (

    select * from {{ ref('base_shop__order_line_numbers_written_out') }}

),

moments_read as (

    select
        load_id,
        source_row,
        source_file,
        order_id,
        product_id,
        customer_id,
        description,
        country,
        quantity_text,
        unit_price_text,
        amount_text,
        discount_text,
        refund_text,
        ordered_at_text,
        {%- for moment in ['ordered_at', 'updated_at'] %}
            {%- set text = moment ~ '_text' %}
            {%- set serial -%}
                replace(regexp_extract({{ text }}, {{ days }}, 0), ',', '.')
            {%- endset %}
            case timestamp_format
                {#- A literal pattern is made ready once, another for a line. #}
                {%- for format in var('timestamp_formats') %}
                    {%- set told = "'" ~ format | replace("'", "\\'") ~ "'" %}
                    when {{ told }}
                        then try_to_timestamp({{ text }}, {{ told }})
                {%- endfor %}
                when 'epoch_seconds'
                    then timestamp_seconds(
                        try_cast(
                            regexp_extract(
                                {{ text }}, '^-?[0-9]{1,11}$', 0
                            ) as bigint
                        )
                    )
                when 'epoch_milliseconds'
                    then timestamp_millis(
                        try_cast(
                            regexp_extract(
                                {{ text }}, '^-?[0-9]{1,14}$', 0
                            ) as bigint
                        )
                    )
                when 'excel_serial'
                    then timestamp_seconds(
                        cast(
                            round(
                                (
                                    try_cast({{ serial }} as decimal(20, 12))
                                    - 25569
                                )
                                * 86400
                            ) as bigint
                        )
                    )
                {#- Of several, landing made sure that each moment fits one. #}
                else if(
                    contains(timestamp_format, '|'),
                    coalesce(
                        {%- for place in [1, 2, 3] %}
                            try_to_timestamp({{ text }}, {{ part % place }})
                            {{- ',' if not loop.last }}
                        {%- endfor %}
                    ),
                    try_to_timestamp({{ text }}, timestamp_format)
                )
            end as {{ moment }},
        {%- endfor %}
        cancelled_at_text,
        status,
        unparsed_text,
        is_forgotten,
        timezone,
        counted_statuses,
        is_reexported,
        is_converted,
        has_quantity,
        is_negative_return,
        cancellation_prefix,
        adjustment_prefix,
        currency
    from order_lines

)

select * from moments_read
