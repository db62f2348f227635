with

campaign_rows as (

    select * from {{ ref('stg_campaigns__customers') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates_chosen') }}

),

customers as (

    select distinct customer_id from orders

),

recognised as (

    select
        campaign_rows.campaign_id,
        campaign_rows.campaign_name,
        campaign_rows.sent_on,
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
        sent_on,
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

),

windows_cut as (

    select
        classified.*,
        cast(
            greatest(
                0,
                least(
                    classified.window_days,
                    coalesce(
                        datediff(as_of_dates.as_of_date, classified.sent_on),
                        0
                    )
                )
            ) as int
        ) as measured_days
    from classified
    left join as_of_dates
        on true

),

orders_summed as (

    select
        windows_cut.campaign_id,
        windows_cut.customer_id,
        count(*) as order_count,
        sum(orders.net_amount) as revenue
    from windows_cut
    inner join orders
        on
            windows_cut.customer_id = orders.customer_id
            and windows_cut.sent_on <= orders.order_date
            and date_add(windows_cut.sent_on, windows_cut.measured_days)
            > orders.order_date
    where
        windows_cut.row_class = 'counted'
        and orders.is_counted
    group by windows_cut.campaign_id, windows_cut.customer_id

),

measured as (

    select
        windows_cut.campaign_id,
        windows_cut.campaign_name,
        windows_cut.sent_on,
        windows_cut.window_days,
        windows_cut.measured_days,
        windows_cut.source_file,
        windows_cut.source_row,
        windows_cut.customer_id,
        windows_cut.persona,
        windows_cut.is_control,
        windows_cut.row_class,
        coalesce(orders_summed.order_count, 0) as order_count,
        cast(
            coalesce(orders_summed.revenue, cast(0 as decimal(38, 9)))
            as decimal(38, 9)
        ) as revenue
    from windows_cut
    left join orders_summed
        on
            windows_cut.campaign_id = orders_summed.campaign_id
            and windows_cut.customer_id = orders_summed.customer_id
            and windows_cut.row_class = 'counted'

)

select * from measured
