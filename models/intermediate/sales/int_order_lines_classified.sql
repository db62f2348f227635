with

order_lines as (

    select * from {{ ref('int_order_lines_flagged') }}

),

-- The order of the branches is the rule: the first that fits decides.
reasoned as (

    select
        *,
        case
            when is_forgotten
                then array('forgotten', parse_problem)
            when parse_problem is not null
                then array('unparseable', parse_problem)
            when is_without_rate
                then array('other_currency', 'another currency')
            when amount is null
                then array('unparseable', 'too large in the shop currency')
            when is_after_as_of
                then array('after_as_of', 'ordered after the as-of date')
            when is_superseded
                then array('duplicate', 'another file has a later state')
            when status_problem is not null
                then array('order_status', status_problem)
            when is_adjustment
                then array('adjustment', 'an accounting entry')
            when unit_price_in_currency < 0
                then array('adjustment', 'a price below zero')
            when is_cancellation and units > 0
                then array('adjustment', 'a cancellation that adds units')
            when is_copy
                then array('duplicate', 'an exact copy of an earlier line')
            when units < 0 and not (is_cancellation or is_negative_return)
                then array('write_off', 'units below zero, not cancelled')
            when unit_price_in_currency <= {{ var('free_unit_price') }}
                then array('zero_price', 'no price')
            when units = 0
                then array('zero_price', 'no units')
            when
                amount = 0
                or (amount < 0) != (units < 0)
                then array('zero_price', 'no price after the discount')
            when product_class = 'non_product'
                then array('non_product', code_description)
            when customer_id is null
                then array('no_customer', 'no customer id')
            when units < 0 then array('return', null)
            else array('sale', null)
        end as verdict
    from order_lines

),

classified as (

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
        units,
        discount,
        refund,
        currency,
        country,
        is_cancellation,
        -- With ANSI on, verdict[0] of no row at all may fail on Sail.
        get(verdict, 0) as line_class,
        get(verdict, 1) as reject_reason,
        amount,
        amount_in_currency
    from reasoned

)

select * from classified
