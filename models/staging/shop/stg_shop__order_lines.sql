{#- Eighteen decimals hold whatever a till writes, so that a number with more
    decimals than its type is found out rather than rounded. -#}
{#- Arabic, Persian, Devanagari and full-width digits: Spark reads any script's
    as numbers, another engine may not. -#}
{%- set digits = '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९０１２３４５６７８９' -%}
{%- set decimals = {
    'quantity': 3, 'unit_price': 6, 'amount': 6, 'discount': 6, 'refund': 6,
} -%}
with

order_lines as (

    select * from {{ ref('base_shop__order_lines') }}

),

loads as (

    select * from {{ ref('base_shop__loads') }}

),

described as (

    select
        order_lines.*,
        loads.timestamp_format,
        loads.timezone,
        loads.counted_statuses,
        loads.has_number_signs,
        loads.is_reexported,
        loads.is_converted,
        loads.currency as load_currency,
        loads.has_quantity,
        loads.is_negative_return,
        loads.is_decimal_id,
        loads.thousands_separator,
        loads.decimal_separator,
        upper(loads.cancellation_prefix) as cancellation_prefix,
        upper(loads.adjustment_prefix) as adjustment_prefix
    from order_lines
    left join loads
        on order_lines.load_id = loads.load_id

),

numbers_bare as (

    select
        {%- for number in decimals %}
            if(
                has_number_signs,
                {{ without_signs(number ~ '_text') }},
                {{ number }}_text
            ) as bare_{{ number }},
        {%- endfor %}
        *
    from described

),

numbers_plain as (

    select
        {%- for number in decimals %}
            translate(
                replace(bare_{{ number }}, thousands_separator, ''),
                concat('{{ digits }}', decimal_separator),
                '{{ '0123456789' * 4 }}.'
            ) as plain_{{ number }},
        {%- endfor %}
        *
    from numbers_bare

),

numbers_written_out as (

    select
        {%- for number in decimals %}
            {{ without_exponent('plain_' ~ number) }} as digits_of_{{ number }},
        {%- endfor %}
        *
    from numbers_plain

),

typed as (

    select
        load_id,
        source_row,
        source_file,
        description,
        country,
        quantity_text,
        unit_price_text,
        amount_text,
        discount_text,
        refund_text,
        ordered_at_text,
        timezone,
        status,
        cancelled_at_text,
        counted_statuses,
        unparsed_text,
        is_forgotten,
        is_reexported,
        is_converted,
        has_quantity,
        is_negative_return,
        cancellation_prefix,
        adjustment_prefix,
        if(is_converted, currency, load_currency) as currency,
        {%- for id in ['order_id', 'product_id', 'customer_id'] %}
            if(
                is_decimal_id and endswith({{ id }}, '.0'),
                left({{ id }}, length({{ id }}) - 2), {{ id }}
            ) as {{ id }},
        {%- endfor %}
        {%- for number, scale in decimals.items() %}
            if(
                try_cast(digits_of_{{ number }} as decimal(38, 18))
                = try_cast(digits_of_{{ number }} as decimal(18, {{ scale }})),
                try_cast(digits_of_{{ number }} as decimal(18, {{ scale }})),
                null
            ) as {{ number }},
        {%- endfor %}
        {{ moment('ordered_at_text') }} as moment,
        {{ moment('updated_at_text') }} as updated_at
    from numbers_written_out

),

-- A moment that says how far it is from UTC is read as the shop's clock has it.
localised as (

    select
        *,
        if(
            timezone is null, moment, from_utc_timestamp(moment, timezone)
        ) as ordered_at
    from typed

),

problems_named as (

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
        quantity,
        unit_price,
        amount as line_amount,
        abs(discount) as discount,
        abs(refund) as refund,
        currency,

        -- timestamps
        ordered_at,
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
            as is_adjustment,

        -- the flag: null for a row that reads
        case
            when is_forgotten then 'the customer was forgotten'
            when unparsed_text is not null
                then 'the record does not fit the header'
            when order_id is null then 'no order id'
            when ordered_at_text is null then 'no order date'
            when ordered_at is null
                then 'the order date does not fit the format'
            when
                ordered_at < date('{{ var("earliest_order_date") }}')
                or ordered_at >= date('{{ var("latest_order_date") }}')
                then 'the order date is out of bounds'
            when has_quantity and quantity_text is null then 'no quantity'
            when has_quantity and quantity is null
                then 'the quantity is no number of at most 3 decimals'
            when has_quantity and unit_price_text is null then 'no unit price'
            when has_quantity and unit_price is null
                then 'the unit price is no number of at most 6 decimals'
            when not has_quantity and amount_text is null then 'no amount'
            when not has_quantity and amount is null
                then 'the amount is no number of at most 6 decimals'
            when discount_text is not null and discount is null
                then 'the discount is no number of at most 6 decimals'
            when refund_text is not null and refund is null
                then 'the refund is no number of at most 6 decimals'
            when abs(quantity) > {{ var('maximum_line_quantity') }}
                then 'the quantity is out of bounds'
            when abs(unit_price) > {{ var('maximum_unit_price') }}
                then 'the unit price is out of bounds'
        end as parse_problem
    from localised

),

-- Few rows have a duplicate: a hash finds them without sorting all rows.
hashed as (

    select
        *,
        if(
            parse_problem is null,
            xxhash64(
                order_id, product_id, description, quantity, unit_price,
                line_amount, discount, currency, ordered_at, customer_id,
                country
            ),
            null
        ) as identity_hash
    from problems_named

)

select * from hashed
