with

records as (

    select * from {{ ref('int_campaign_records_classified') }}

),

orders as (

    select * from {{ ref('fct_orders') }}
    where is_counted

),

as_of_dates as (

    select * from {{ ref('int_as_of_dates_chosen') }}

),

windows_cut as (

    select
        records.*,
        cast(
            greatest(
                0,
                least(
                    records.window_days,
                    coalesce(
                        datediff(as_of_dates.as_of_date, records.sent_date), 0
                    )
                )
            ) as int
        ) as measured_days
    from records
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
            and windows_cut.sent_date <= orders.order_date
            and date_add(windows_cut.sent_date, windows_cut.measured_days)
            > orders.order_date
    where windows_cut.row_class = 'counted'
    group by windows_cut.campaign_id, windows_cut.customer_id

),

measured as (

    select
        windows_cut.campaign_id,
        windows_cut.campaign_name,
        windows_cut.sent_date,
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
