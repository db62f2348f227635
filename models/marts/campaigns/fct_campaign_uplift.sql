with

campaign_groups as (

    select * from {{ ref('fct_campaign_groups') }}

),

differences as (

    select * from {{ ref('fct_campaign_differences') }}

),

compared as (

    select
        campaign_groups.*,
        case
            when campaign_groups.measured_days = 0 then 'not_begun'
            when campaign_groups.contacted_count = 0 then 'nobody_contacted'
            when campaign_groups.control_count = 0 then 'no_control'
            when differences.order_rate_below is null then 'too_few'
            else 'measured'
        end as comparison,
        differences.order_rate_uplift,
        differences.order_rate_below,
        differences.order_rate_above,
        differences.revenue_uplift,
        differences.revenue_margin
    from campaign_groups
    left join differences
        on
            campaign_groups.campaign_id = differences.campaign_id
            and campaign_groups.is_total = differences.is_total
            and campaign_groups.persona = differences.persona

),

uplift as (

    select
        campaign_id,
        campaign_name,
        persona,
        is_total,
        sent_date,
        window_days,
        measured_days,
        measured_days = window_days as is_complete,
        comparison,
        contacted_count,
        control_count,
        contacted_buyer_count,
        control_buyer_count,
        cast(contacted_buyer_count as double)
        / nullif(contacted_count, 0) as contacted_order_rate,
        cast(control_buyer_count as double)
        / nullif(control_count, 0) as control_order_rate,
        contacted_order_count,
        control_order_count,
        contacted_revenue,
        control_revenue,
        {{ nearest_double('contacted_revenue') }}
        / nullif(contacted_count, 0) as contacted_revenue_per_customer,
        {{ nearest_double('control_revenue') }}
        / nullif(control_count, 0) as control_revenue_per_customer,
        order_rate_uplift,
        order_rate_uplift - order_rate_below as order_rate_uplift_low,
        order_rate_uplift + order_rate_above as order_rate_uplift_high,
        revenue_uplift,
        revenue_uplift - revenue_margin as revenue_uplift_low,
        revenue_uplift + revenue_margin as revenue_uplift_high,
        revenue_uplift * contacted_count as incremental_revenue,
        (revenue_uplift - revenue_margin) * contacted_count
            as incremental_revenue_low,
        (revenue_uplift + revenue_margin) * contacted_count
            as incremental_revenue_high
    from compared

)

select * from uplift
