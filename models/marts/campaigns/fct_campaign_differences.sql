with

estimates as (

    select * from {{ ref('fct_campaign_group_estimates') }}

),

distances_taken as (

    select
        *,
        order_rate - order_rate_low as below,
        order_rate_high - order_rate as above
    from estimates

),

-- Of shares, Newcombe adds up the squares of what lies between each group's
-- own and an end of its interval. Of money the variance is pooled: a small
-- control group that misses the few who spend most knows little of its own.
groups_joined as (

    select
        campaign_id,
        is_total,
        persona,
        min(customer_count) >= {{ var('campaign_minimum_customers') }}
            as is_enough,
        sum(if(is_control, -order_rate, order_rate)) as order_rate_uplift,
        sqrt(sum(pow(if(is_control, above, below), 2D))) as order_rate_below,
        sqrt(sum(pow(if(is_control, below, above), 2D))) as order_rate_above,
        sum(if(is_control, -revenue_per_customer, revenue_per_customer))
            as revenue_uplift,
        nullif(sum(customer_count) - 2, 0) as degrees,
        sum((customer_count - 1) * coalesce(revenue_variance, 0D)) as squares,
        sum(1D / customer_count) as inverse_count,
        {{ normal_quantile() }} as z
    from distances_taken
    group by campaign_id, is_total, persona
    having count(*) = 2

),

-- The same of Student's t with as many degrees of freedom, by its expansion
-- about the normal one (Abramowitz and Stegun 26.7.5): to 1e-5 from 9 on.
student_expanded as (

    select
        *,
        z
        + (pow(z, 3D) + z) / 4 / degrees
        + (5 * pow(z, 5D) + 16 * pow(z, 3D) + 3 * z) / 96 / pow(degrees, 2D)
        + (
            3 * pow(z, 7D) + 19 * pow(z, 5D) + 17 * pow(z, 3D) - 15 * z
        ) / 384 / pow(degrees, 3D)
        + (
            79 * pow(z, 9D)
            + 776 * pow(z, 7D)
            + 1482 * pow(z, 5D)
            - 1920 * pow(z, 3D)
            - 945 * z
        ) / 92160 / pow(degrees, 4D) as student_quantile
    from groups_joined

),

-- Where nobody ordered in either group, nothing is known of the variance.
differences as (

    select
        campaign_id,
        is_total,
        persona,
        order_rate_uplift,
        if(is_enough, order_rate_below, null) as order_rate_below,
        if(is_enough, order_rate_above, null) as order_rate_above,
        revenue_uplift,
        if(
            is_enough,
            student_quantile
            * sqrt(nullif(squares / degrees, 0D) * inverse_count),
            null
        ) as revenue_margin
    from student_expanded

)

select * from differences
