with

campaign_groups as (

    select * from {{ ref('fct_campaign_groups') }}

),

compared as (

    select
        *,
        case
            when measured_days = 0 then 'not_begun'
            when written_count = 0 then 'nobody_written'
            when control_count = 0 then 'no_control'
            when
                least(written_count, control_count)
                < {{ var('campaign_minimum_group') }}
                then 'too_few'
            else 'measured'
        end as comparison,
        cast(written_buyer_count as double)
        / nullif(written_count, 0) as written_order_rate,
        cast(control_buyer_count as double)
        / nullif(control_count, 0) as control_order_rate,
        {{ nearest_double('written_revenue') }}
        / nullif(written_count, 0) as written_revenue_per_customer,
        {{ nearest_double('control_revenue') }}
        / nullif(control_count, 0) as control_revenue_per_customer,
        written_count + control_count - 2 as degrees_of_freedom
    from campaign_groups

),

-- Ends of each group's own interval, and the variance of money within the
-- groups: a small control group that misses the few who spend most knows
-- little of its own.
bounded as (

    select
        *,
        {{ wilson_bound('written_order_rate', 'written_count', '-') }}
            as written_low,
        {{ wilson_bound('written_order_rate', 'written_count', '+') }}
            as written_high,
        {{ wilson_bound('control_order_rate', 'control_count', '-') }}
            as control_low,
        {{ wilson_bound('control_order_rate', 'control_count', '+') }}
            as control_high,
        (
            (written_count - 1) * coalesce(written_variance, 0D)
            + (control_count - 1) * coalesce(control_variance, 0D)
        ) / nullif(degrees_of_freedom, 0) as pooled_variance
    from compared
    where comparison = 'measured'

),

halved as (

    select
        campaign_id,
        persona,
        is_total,
        sqrt(
            pow(written_order_rate - written_low, 2D)
            + pow(control_high - control_order_rate, 2D)
        ) as rate_below,
        sqrt(
            pow(written_high - written_order_rate, 2D)
            + pow(control_order_rate - control_low, 2D)
        ) as rate_above,
        {{ student_quantile('degrees_of_freedom') }}
        * sqrt(
            nullif(pooled_variance, 0D)
            * (1D / written_count + 1D / control_count)
        ) as revenue_half
    from bounded

),

differences as (

    select
        compared.*,
        if(
            compared.comparison = 'not_begun',
            null,
            compared.written_order_rate - compared.control_order_rate
        ) as order_rate_uplift,
        if(
            compared.comparison = 'not_begun',
            null,
            compared.written_revenue_per_customer
            - compared.control_revenue_per_customer
        ) as revenue_uplift,
        halved.rate_below,
        halved.rate_above,
        halved.revenue_half
    from compared
    left join halved
        on
            compared.campaign_id = halved.campaign_id
            and compared.persona = halved.persona
            and compared.is_total = halved.is_total

),

uplift as (

    select
        campaign_id,
        campaign_name,
        persona,
        is_total,
        sent_on,
        window_days,
        measured_days,
        measured_days = window_days as is_complete,
        comparison,
        written_count,
        control_count,
        written_buyer_count,
        control_buyer_count,
        written_order_rate,
        control_order_rate,
        written_order_count,
        control_order_count,
        written_revenue,
        control_revenue,
        written_revenue_per_customer,
        control_revenue_per_customer,
        order_rate_uplift,
        order_rate_uplift - rate_below as order_rate_uplift_low,
        order_rate_uplift + rate_above as order_rate_uplift_high,
        revenue_uplift,
        revenue_uplift - revenue_half as revenue_uplift_low,
        revenue_uplift + revenue_half as revenue_uplift_high,
        revenue_uplift * written_count as incremental_revenue,
        (revenue_uplift - revenue_half) * written_count
            as incremental_revenue_low,
        (revenue_uplift + revenue_half) * written_count
            as incremental_revenue_high
    from differences

)

select * from uplift
