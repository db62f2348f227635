with

campaign_records as (

    select * from {{ ref('fct_campaign_records') }}

),

grouped as (

    select
        *,
        row_class = 'counted' and not is_control as is_contacted,
        row_class = 'counted' and is_control as is_held_out
    from campaign_records

),

-- A campaign as a whole, whoever is left of it, and each persona of it.
scoped as (

    select
        *,
        'All customers' as persona_compared,
        true as is_total
    from grouped
    union all
    select
        *,
        persona as persona_compared,
        false as is_total
    from grouped
    where
        row_class = 'counted'
        and persona is not null

),

summed as (

    select
        campaign_id,
        campaign_name,
        persona_compared as persona,
        is_total,
        sent_date,
        window_days,
        measured_days,
        count_if(is_contacted) as contacted_count,
        count_if(is_held_out) as control_count,
        count_if(is_contacted and order_count > 0) as contacted_buyer_count,
        count_if(is_held_out and order_count > 0) as control_buyer_count,
        sum(if(is_contacted, order_count, 0L)) as contacted_order_count,
        sum(if(is_held_out, order_count, 0L)) as control_order_count,
        cast(
            sum(if(is_contacted, revenue, cast(0 as decimal(38, 9))))
            as decimal(38, 9)
        ) as contacted_revenue,
        cast(
            sum(if(is_held_out, revenue, cast(0 as decimal(38, 9))))
            as decimal(38, 9)
        ) as control_revenue,
        var_samp(if(is_contacted, {{ nearest_double('revenue') }}, null))
            as contacted_revenue_variance,
        var_samp(if(is_held_out, {{ nearest_double('revenue') }}, null))
            as control_revenue_variance
    from scoped
    group by
        campaign_id,
        campaign_name,
        persona_compared,
        is_total,
        sent_date,
        window_days,
        measured_days

)

select * from summed
