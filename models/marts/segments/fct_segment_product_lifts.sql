with

buyers as (

    select * from {{ ref('fct_segment_product_buyers') }}

),

-- Where nobody else bought it, half a customer stands for nobody: a ratio to
-- zero has no interval. Without other segments there is none either.
others_counted as (

    select
        *,
        nullif(
            all_customer_count - segment_customer_count, 0
        ) as other_customer_count,
        greatest(
            cast(overall_customer_count - customer_count as double), 0.5D
        ) as other_buyer_count
    from buyers

),

-- The segment against everybody else, two groups that share no customer: the
-- 95% interval of the log of the ratio of their shares (Katz and others, 1978,
-- Biometrics 34, 469-474). Half of it is so many standard errors of the normal
-- distribution.
ratios_taken as (

    select
        *,
        ln(
            customer_share / (other_buyer_count / other_customer_count)
        ) as log_ratio,
        {{ normal_quantile() }} * sqrt(
            1D / customer_count
            - 1D / segment_customer_count
            + 1D / other_buyer_count
            - 1D / other_customer_count
        ) as log_margin
    from others_counted

),

-- Lift: how many times likelier a customer of the segment has bought the
-- product than a segmented customer taken at random. It rises with the ratio
-- alone, so that the ends of the one are those of the other. To nine places,
-- since engines differ in the last digit of a logarithm.
lifts_bounded as (

    select
        *,
        customer_share / overall_share as lift,
        cast(
            all_customer_count / (
                segment_customer_count
                + other_customer_count * exp(log_margin - log_ratio)
            ) as decimal(18, 9)
        ) as low,
        cast(
            all_customer_count / (
                segment_customer_count
                + other_customer_count * exp(-log_margin - log_ratio)
            ) as decimal(18, 9)
        ) as high
    from ratios_taken

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
        cast(low as double) as lift_low,
        greatest(cast(high as double), lift) as lift_high,
        coalesce(
            customer_count >= {{ var('stand_out_minimum_customers') }}
            and customer_share >= {{ var('stand_out_minimum_share') }}
            and low > 1,
            false
        ) as is_stand_out
    from lifts_bounded

)

select * from judged
