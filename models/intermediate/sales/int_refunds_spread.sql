with

sales as (

    select * from {{ ref('int_refunded_sales_netted') }}

),

sums_run as (

    select
        *,
        cast(
            sum(remaining_amount) over (partition by order_id)
            as decimal(28, 9)
        ) as order_amount,
        -- Prices that were converted are rounded to a millionth.
        cast(
            0.000002 * sum(units + 1) over (partition by order_id)
            as decimal(28, 9)
        ) as rounding,
        cast(
            sum(remaining_amount) over (
                partition by order_id order by load_id, source_row
                rows between unbounded preceding and current row
            ) as decimal(28, 9)
        ) as amount_after
    from sales

),

-- What was paid back beyond the items is shipping or tax, which they leave
-- out. The order's own total may hold these: of it any refund counts whole.
refunds_capped as (

    select
        *,
        refund >= order_amount - rounding as is_whole,
        cast(
            if(
                quantity is null,
                cast(refund as decimal(28, 9)),
                least(cast(refund as decimal(28, 9)), order_amount)
            ) as decimal(20, 6)
        ) as capped_refund,
        cast(
            amount_after - remaining_amount as decimal(28, 9)
        ) as amount_before
    from sums_run
    where order_amount > 0

),

-- The refund up to a line and up to the one before it, in whole cents, so that
-- the lines' parts add up to it.
refunds_cut as (

    select
        {%- for end in ['after', 'before'] %}
            cast(
                round(
                    capped_refund
                    * try_cast(amount_{{ end }} as decimal(20, 6))
                    / try_cast(order_amount as decimal(20, 6)),
                    2
                ) as decimal(28, 9)
            ) as refund_{{ end }},
        {%- endfor %}
        *
    from refunds_capped

),

spread as (

    select
        load_id,
        source_row,
        order_id,
        customer_id,
        ordered_at,
        units,
        is_whole,
        cast(
            case
                when is_whole and quantity is not null then remaining_amount
                when amount_after = order_amount
                    then
                        cast(capped_refund as decimal(28, 9)) - refund_before
                else refund_after - refund_before
            end as decimal(38, 9)
        ) as refunded_amount
    from refunds_cut

)

select * from spread
