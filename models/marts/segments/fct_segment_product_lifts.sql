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
        totals.all_customer_count,
        cast(
            cast(purchases.gross_amount as decimal(37, 9))
            - cast(purchases.returned_amount as decimal(37, 9))
            as decimal(38, 9)
        ) as revenue
    from purchases
    inner join segments
        on purchases.segment_id = segments.segment_id
    cross join totals

),

shares_taken as (

    select
        *,
        cast(customer_count as double)
        / nullif(segment_customer_count, 0) as customer_share,
        cast(overall_customer_count as double)
        / nullif(all_customer_count, 0) as overall_share,
        cast(segment_customer_count as double)
        / nullif(all_customer_count, 0) as segment_share,
        all_customer_count - segment_customer_count as other_customer_count,
        -- Where nobody else bought it, half a customer stands for nobody: a
        -- ratio to zero has no interval.
        greatest(
            cast(overall_customer_count - customer_count as double),
            cast(0.5 as double)
        ) as other_buyer_count
    from counted

),

-- The segment against everybody else, two groups that share no customer: the
-- 95% interval of the log of the ratio of their shares (Katz and others, 1978,
-- Biometrics 34, 469-474). Without other segments there is none.
ratios_taken as (

    select
        *,
        ln(
            customer_share
            / (other_buyer_count / nullif(other_customer_count, 0))
        ) as log_ratio,
        {{ normal_quantile() }} * sqrt(
            1 / cast(customer_count as double)
            - 1 / cast(segment_customer_count as double)
            + 1 / other_buyer_count
            - 1 / cast(nullif(other_customer_count, 0) as double)
        ) as log_margin
    from shares_taken

),

ratios_bounded as (

    select
        *,
        exp(log_ratio - log_margin) as ratio_low,
        exp(log_ratio + log_margin) as ratio_high
    from ratios_taken

),

-- Lift: how many times likelier a customer of the segment has bought the
-- product than a segmented customer taken at random. It rises with the ratio
-- alone, so that the ends of the one are those of the other.
lifts_taken as (

    select
        *,
        customer_share / overall_share as lift,
        cast(
            ratio_low / (segment_share * ratio_low + 1 - segment_share)
            as decimal(18, 9)
        ) as low,
        cast(
            ratio_high / (segment_share * ratio_high + 1 - segment_share)
            as decimal(18, 9)
        ) as high
    from ratios_bounded

),

-- To nine places, since engines differ in the last digit of a logarithm.
lifts_bounded as (

    select
        *,
        cast(low as double) as lift_low,
        greatest(cast(high as double), lift) as lift_high
    from lifts_taken

),

judged as (

    select
        segment_id,
        persona,
        product_id,
        customer_count,
        segment_customer_count,
        customer_share,
        overall_customer_count,
        overall_share,
        revenue,
        lift,
        lift_low,
        lift_high,
        coalesce(
            customer_count >= {{ var('stand_out_minimum_customers') }}
            and customer_share >= {{ var('stand_out_minimum_share') }}
            and lift_low > 1,
            false
        ) as stands_out
    from lifts_bounded

)

select * from judged
