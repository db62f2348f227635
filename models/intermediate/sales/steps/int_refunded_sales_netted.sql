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

netted as (

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

)

select * from netted
