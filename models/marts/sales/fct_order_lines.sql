with

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}
    where reject_reason is null

),

returns_matched as (

    select * from {{ ref('int_returns_matched') }}

),

refunds_spread as (

    select * from {{ ref('int_refunds_spread') }}

),

-- Each match counts twice: for the sale that shrank and for the return.
matches_by_line as (

    select
        sale_load_id as load_id,
        sale_source_row as source_row,
        matched_units,
        matched_amount
    from returns_matched
    union all
    select
        return_load_id as load_id,
        return_source_row as source_row,
        matched_units,
        matched_amount
    from returns_matched

),

matches_summed as (

    select
        load_id,
        source_row,
        sum(matched_units) as matched_units,
        sum(matched_amount) as matched_amount
    from matches_by_line
    group by load_id, source_row

),

joined as (

    select
        order_lines.load_id,
        order_lines.source_row,
        order_lines.source_file,
        order_lines.line_class,
        order_lines.order_id,
        order_lines.customer_id,
        order_lines.product_id,
        order_lines.description,
        order_lines.ordered_at,
        order_lines.quantity,
        order_lines.unit_price,
        order_lines.amount,
        order_lines.country,
        if(
            order_lines.quantity is null,
            null,
            cast(coalesce(matches_summed.matched_units, 0) as decimal(18, 3))
        ) as returned_quantity,
        cast(
            cast(
                coalesce(matches_summed.matched_amount, 0) as decimal(37, 9)
            )
            + cast(
                coalesce(refunds_spread.refunded_amount, 0) as decimal(37, 9)
            ) as decimal(38, 9)
        ) as returned_amount,
        abs(order_lines.units) > coalesce(matches_summed.matched_units, 0)
        and not coalesce(refunds_spread.is_whole, false) as has_units_left
    from order_lines
    left join matches_summed
        on
            order_lines.load_id = matches_summed.load_id
            and order_lines.source_row = matches_summed.source_row
    left join refunds_spread
        on
            order_lines.load_id = refunds_spread.load_id
            and order_lines.source_row = refunds_spread.source_row

)

select * from joined
