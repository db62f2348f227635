with

order_lines as (

    select * from {{ ref('stg_shop__order_lines') }}

),

currency_rates as (

    select * from {{ ref('stg_shop__currency_rates') }}

),

rated as (

    select
        order_lines.*,
        currency_rates.rate as exchange_rate
    from order_lines
    left join currency_rates
        on
            order_lines.load_id = currency_rates.load_id
            and order_lines.currency = currency_rates.currency
            and cast(order_lines.ordered_at as date) = currency_rates.rate_date

),

-- Once, to a millionth, so that all sums are exact.
converted as (

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
        line_amount,
        discount,
        refund,
        {%- for amount in ['unit_price', 'line_amount', 'discount', 'refund'] %}
            if(
                is_converted,
                try_cast(
                    round({{ amount }} * exchange_rate, 6) as decimal(18, 6)
                ),
                {{ amount }}
            ) as shop_{{ amount }},
        {%- endfor %}
        currency,
        country,
        unparsed_text,
        parse_problem,
        status_problem,
        is_forgotten,
        is_converted and exchange_rate is null as is_without_rate,
        has_quantity,
        is_negative_return,
        is_cancellation,
        is_adjustment
    from rated

)

select * from converted
