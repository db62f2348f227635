with

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}

),

returns_matched as (

    select * from {{ ref('int_returns_matched') }}

),

-- A refund is the whole order's, whichever of its records say it.
refunds as (

    select
        order_id,
        max(refund) as refund
    from order_lines
    where refund > 0
    group by order_id

),

returns_summed as (

    select
        sale_load_id as load_id,
        sale_source_row as source_row,
        sum(matched_amount) as matched_amount
    from returns_matched
    group by sale_load_id, sale_source_row

),

sales as (

    select
        order_lines.load_id,
        order_lines.source_row,
        order_lines.order_id,
        order_lines.customer_id,
        order_lines.ordered_at,
        order_lines.units,
        order_lines.quantity,
        refunds.refund,
        cast(
            cast(order_lines.amount as decimal(37, 9))
            - cast(coalesce(returns_summed.matched_amount, 0) as decimal(37, 9))
            as decimal(28, 9)
        ) as remaining_amount
    from order_lines
    inner join refunds
        on order_lines.order_id = refunds.order_id
    left join returns_summed
        on
            order_lines.load_id = returns_summed.load_id
            and order_lines.source_row = returns_summed.source_row
    where order_lines.line_class = 'sale'

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
