with

order_lines as (

    select * from {{ ref('fct_order_lines') }}
    where
        line_class = 'sale'
        and has_units_left
        and product_id is not null

),

customer_segments as (

    select * from {{ ref('fct_customer_segments') }}

),

segments as (

    select
        segment_id,
        persona,
        count(*) as segment_customer_count,
        sum(count(*)) over () as all_customer_count
    from customer_segments
    group by segment_id, persona

),

purchases as (

    select
        customer_segments.segment_id,
        order_lines.product_id,
        count(distinct order_lines.customer_id) as customer_count,
        sum(order_lines.amount) as gross_amount,
        sum(order_lines.returned_amount) as returned_amount
    from order_lines
    inner join customer_segments
        on order_lines.customer_id = customer_segments.customer_id
    group by customer_segments.segment_id, order_lines.product_id

),

counted as (

    select
        purchases.segment_id,
        segments.persona,
        purchases.product_id,
        purchases.customer_count,
        segments.segment_customer_count,
        sum(purchases.customer_count) over (
            partition by purchases.product_id
        ) as overall_customer_count,
        segments.all_customer_count,
        cast(
            cast(purchases.gross_amount as decimal(37, 9))
            - cast(purchases.returned_amount as decimal(37, 9))
            as decimal(38, 9)
        ) as revenue
    from purchases
    inner join segments
        on purchases.segment_id = segments.segment_id

),

shares_taken as (

    select
        segment_id,
        persona,
        product_id,
        customer_count,
        segment_customer_count,
        cast(customer_count as double)
        / segment_customer_count as customer_share,
        overall_customer_count,
        all_customer_count,
        cast(overall_customer_count as double)
        / all_customer_count as overall_share,
        revenue
    from counted

)

select * from shares_taken
