with

campaign_groups as (

    select * from {{ ref('fct_campaign_groups') }}
    where measured_days > 0

),

groups_listed as (

    select
        campaign_id,
        is_total,
        persona,
        false as is_control,
        contacted_count as customer_count,
        contacted_buyer_count as buyer_count,
        contacted_revenue as revenue,
        contacted_revenue_variance as revenue_variance
    from campaign_groups
    union all
    select
        campaign_id,
        is_total,
        persona,
        true as is_control,
        control_count as customer_count,
        control_buyer_count as buyer_count,
        control_revenue as revenue,
        control_revenue_variance as revenue_variance
    from campaign_groups

),

rates_taken as (

    select
        *,
        cast(buyer_count as double) / customer_count as order_rate,
        {{ normal_quantile() }} as z
    from groups_listed
    where customer_count > 0

),

-- Wilson's score interval for a share (Wilson 1927).
rates_bounded as (

    select
        *,
        order_rate + z * z / 2 / customer_count as middle,
        z * sqrt(
            order_rate * (1 - order_rate) / customer_count
            + z * z / 4 / (customer_count * customer_count)
        ) as reach,
        1 + z * z / customer_count as divisor
    from rates_taken

),

estimated as (

    select
        campaign_id,
        is_total,
        persona,
        is_control,
        customer_count,
        order_rate,
        (middle - reach) / divisor as order_rate_low,
        (middle + reach) / divisor as order_rate_high,
        {{ nearest_double('revenue') }} / customer_count
            as revenue_per_customer,
        revenue_variance
    from rates_bounded

)

select * from estimated
