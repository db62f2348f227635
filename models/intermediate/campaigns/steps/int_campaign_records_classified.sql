with

campaign_rows as (

    select * from {{ ref('stg_campaigns__customers') }}

),

order_days as (

    select * from {{ ref('int_order_days_summed') }}

),

customers as (

    select distinct customer_id from order_days

),

recognised as (

    select
        campaign_rows.campaign_id,
        campaign_rows.campaign_name,
        campaign_rows.sent_date,
        campaign_rows.window_days,
        campaign_rows.source_file,
        campaign_rows.source_row,
        campaign_rows.customer_id,
        campaign_rows.persona,
        campaign_rows.is_control,
        case
            when campaign_rows.is_forgotten then 'forgotten'
            when campaign_rows.customer_id is null then 'no_customer'
            when campaign_rows.is_control is null then 'unreadable'
            when customers.customer_id is null then 'unknown_customer'
        end as fault
    from campaign_rows
    left join customers
        on campaign_rows.customer_id = customers.customer_id

),

-- Among records without a fault: who is in which groups, and how often.
repeats_counted as (

    select
        *,
        min(cast(is_control as int)) over (
            partition by campaign_id, customer_id, fault
        ) as least_group,
        max(cast(is_control as int)) over (
            partition by campaign_id, customer_id, fault
        ) as most_group,
        row_number() over (
            partition by campaign_id, customer_id, fault
            order by source_file, source_row
        ) as place
    from recognised

),

classified as (

    select
        campaign_id,
        campaign_name,
        sent_date,
        window_days,
        source_file,
        source_row,
        customer_id,
        persona,
        is_control,
        case
            when fault is not null then fault
            when least_group != most_group then 'both_groups'
            when place > 1 then 'duplicate'
            else 'counted'
        end as row_class
    from repeats_counted

)

select * from classified
