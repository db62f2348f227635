with

lifts as (

    select * from {{ ref('fct_segment_product_lifts') }}

),

products as (

    select * from {{ ref('dim_products') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by segment_id
            order by customer_count desc, revenue desc, product_id asc
        ) as customer_rank,
        row_number() over (
            partition by segment_id
            order by revenue desc, customer_count desc, product_id asc
        ) as revenue_rank,
        case
            when is_stand_out
                then row_number() over (
                    partition by segment_id, is_stand_out
                    order by lift_low desc, customer_count desc, product_id asc
                )
        end as stand_out_rank
    from lifts

),

listed as (

    select
        ranked.segment_id,
        ranked.persona,
        ranked.product_id,
        products.description,
        ranked.customer_count,
        ranked.segment_customer_count,
        ranked.customer_share,
        ranked.overall_customer_count,
        ranked.overall_share,
        ranked.revenue,
        ranked.lift,
        ranked.lift_low,
        ranked.lift_high,
        cast(ranked.customer_rank as int) as customer_rank,
        cast(ranked.revenue_rank as int) as revenue_rank,
        cast(ranked.stand_out_rank as int) as stand_out_rank
    from ranked
    left join products
        on ranked.product_id = products.product_id
    where
        ranked.customer_rank <= {{ var('segment_product_limit') }}
        or ranked.revenue_rank <= {{ var('segment_product_limit') }}
        or ranked.stand_out_rank <= {{ var('segment_product_limit') }}

)

select * from listed
