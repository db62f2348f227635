with

snapshot_dates as (

    select * from {{ ref('int_snapshot_dates_listed') }}
    where is_as_of_date

),

customers_measured as (

    select * from {{ ref('int_customers_measured') }}
    where is_segmented

),

customers as (

    select customers_measured.*
    from customers_measured
    inner join snapshot_dates
        on customers_measured.snapshot_date = snapshot_dates.snapshot_date

),

measured as (

    select
        inline(
            array(
                struct(
                    'recency_days' as measure,
                    cast(recency_days as decimal(38, 9)) as measured_value
                ),
                struct(
                    'frequency' as measure,
                    cast(frequency as decimal(38, 9)) as measured_value
                ),
                struct('monetary' as measure, monetary as measured_value)
            )
        )
    from customers

),

values_counted as (

    select
        measure,
        measured_value,
        count(*) as customer_count
    from measured
    group by measure, measured_value

)

select * from values_counted
