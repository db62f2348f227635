with

order_lines as (

    select * from {{ ref('int_order_lines_converted') }}

),

-- In the line's currency, and in the shop's.
amounts_added_up as (

    select
        {%- for of in ['', 'shop_'] %}
            cast(
                if(
                    has_quantity,
                    cast(quantity * {{ of }}unit_price as decimal(37, 9)),
                    cast({{ of }}line_amount as decimal(37, 9))
                ) as decimal(37, 9)
            ) as {{ of }}full_amount,
            cast(
                coalesce({{ of }}discount, 0) as decimal(37, 9)
            ) as {{ of }}taken_off,
        {%- endfor %}
        *
    from order_lines

),

-- What is taken off makes a sale smaller, and what is paid back for a return.
amounts_counted as (

    select
        {%- for of in ['', 'shop_'] %}
            cast(
                if(
                    {{ of }}full_amount < 0,
                    {{ of }}full_amount + {{ of }}taken_off,
                    {{ of }}full_amount - {{ of }}taken_off
                ) as decimal(38, 9)
            ) as {{ of }}paid_amount,
        {%- endfor %}
        *
    from amounts_added_up

),

-- Without quantities an amount counts as that many units of price 1.
units_counted as (

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
        shop_unit_price as unit_price,
        unit_price as unit_price_in_currency,
        cast(
            if(
                has_quantity,
                cast(quantity as decimal(38, 9)),
                shop_paid_amount
            ) as decimal(21, 6)
        ) as units,
        if(unparsed_text is not null, null, shop_paid_amount) as amount,
        if(unparsed_text is not null, null, paid_amount) as amount_in_currency,
        shop_discount as discount,
        shop_refund as refund,
        currency,
        country,
        parse_problem,
        status_problem,
        is_forgotten,
        is_without_rate,
        is_negative_return,
        is_cancellation,
        is_adjustment
    from amounts_counted

)

select * from units_counted
