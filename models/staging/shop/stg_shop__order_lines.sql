with

order_lines as (

    select * from {{ ref('base_shop__order_lines_typed') }}

),

-- The order of the branches is the rule: the first that fits decides.
problems_named as (

    select
        load_id,
        source_row,
        source_file,
        order_id,
        product_id,
        customer_id,
        description,
        country,
        unparsed_text,
        status_problem,
        quantity,
        unit_price,
        amount as line_amount,
        abs(discount) as discount,
        abs(refund) as refund,
        currency,
        ordered_at,
        updated_at,
        is_forgotten,
        is_reexported,
        is_converted,
        has_quantity,
        is_negative_return,
        is_cancellation,
        is_adjustment,
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
    from order_lines

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
