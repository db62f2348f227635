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

products as (

    select * from {{ ref('dim_products') }}

),

segments as (

    select
        segment_id,
        persona,
        count(*) as segment_customer_count
    from customer_segments
    group by segment_id, persona

),

totals as (

    select sum(segment_customer_count) as all_customer_count
    from segments

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

-- Lift: how many times likelier a customer of the segment has bought the
-- product than a segmented customer taken at random.
lifts_taken as (

    select
        purchases.segment_id,
        segments.persona,
        purchases.product_id,
        purchases.customer_count,
        purchases.gross_amount,
        purchases.returned_amount,
        try_divide(
            cast(purchases.customer_count as double),
            segments.segment_customer_count
        ) as customer_share,
        try_divide(
            cast(
                sum(purchases.customer_count) over (
                    partition by purchases.product_id
                ) as double
            ),
            totals.all_customer_count
        ) as overall_share
    from purchases
    inner join segments
        on purchases.segment_id = segments.segment_id
    cross join totals

),

supported as (

    select
        *,
        try_divide(customer_share, overall_share) as lift
    from lifts_taken
    where
        customer_count >= {{ var('segment_product_minimum_customers') }}
        and customer_share >= {{ var('segment_product_minimum_share') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by segment_id
            order by lift desc, customer_count desc, product_id asc
        ) as product_rank
    from supported

),

top_products as (

    select
        ranked.segment_id,
        ranked.persona,
        ranked.product_id,
        products.description,
        ranked.customer_count,
        ranked.customer_share,
        cast(
            cast(ranked.gross_amount as decimal(37, 9))
            - cast(ranked.returned_amount as decimal(37, 9))
            as decimal(38, 9)
        ) as revenue,
        ranked.lift,
        cast(ranked.product_rank as int) as product_rank
    from ranked
    left join products
        on ranked.product_id = products.product_id
    where ranked.product_rank <= {{ var('segment_product_limit') }}

)

select * from top_products
