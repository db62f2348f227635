{#- Eighteen decimals hold whatever a till writes, so that a number with more
    decimals than its type is found out rather than rounded. -#}
{%- set decimals = {
    'quantity': 3, 'unit_price': 6, 'amount': 6, 'discount': 6, 'refund': 6,
} -%}
with

order_lines as (

    select * from {{ ref('base_shop__order_line_moments_read') }}

),

typed as (

    select
        -- ids
        load_id,
        source_row,
        source_file,
        order_id,
        product_id,
        -- Capital letters do not tell one address from another.
        if(
            customer_id rlike '^[^@ ]+@[^@ ]+$', lower(customer_id), customer_id
        ) as customer_id,

        -- text
        description,
        country,
        currency,
        quantity_text,
        unit_price_text,
        amount_text,
        discount_text,
        refund_text,
        ordered_at_text,
        unparsed_text,
        case
            when cancelled_at_text is not null then 'the order was cancelled'
            when counted_statuses is null then null
            when status is null then 'no status'
            when
                instr(counted_statuses, concat('|', lower(status), '|')) = 0
                then concat('status ', lower(status))
        end as status_problem,

        -- numerics
        {%- for number, scale in decimals.items() %}
            {%- set text = number ~ '_text' %}
            if(
                try_cast({{ text }} as decimal(38, 18))
                = try_cast({{ text }} as decimal(18, {{ scale }})),
                try_cast({{ text }} as decimal(18, {{ scale }})),
                null
            ) as {{ number }},
        {%- endfor %}

        -- timestamps
        -- A moment that says how far it is from UTC is read as the shop's
        -- clock has it.
        if(
            timezone is null,
            ordered_at,
            from_utc_timestamp(ordered_at, timezone)
        ) as ordered_at,
        updated_at,

        -- booleans
        is_forgotten,
        is_reexported,
        is_converted,
        has_quantity,
        is_negative_return,
        coalesce(startswith(upper(order_id), cancellation_prefix), false)
            as is_cancellation,
        coalesce(startswith(upper(order_id), adjustment_prefix), false)
            as is_adjustment

    from order_lines

)

select * from typed
