{%- set look_back_days = var('look_back_days') | int %}
with

as_of_dates as (

    select * from {{ ref('int_as_of_dates_chosen') }}

),

order_days as (

    select * from {{ ref('int_order_days_summed') }}

),

first_days as (

    select min(order_date) as first_order_date
    from order_days

),

months_counted as (

    select
        as_of_date,
        explode(sequence(0, {{ var('history_months') }} - 1)) as months_back
    from as_of_dates

),

days_counted as (

    select
        as_of_date,
        explode(array({{ var('backtest_cutoff_days') | join(', ') }}))
            as days_back
    from as_of_dates

),

all_dates as (

    select
        add_months(trunc(as_of_date, 'MM'), -months_back) as snapshot_date,
        'month_end' as kind
    from months_counted
    union all
    select
        date_sub(as_of_date, days_back) as snapshot_date,
        'backtest_cutoff' as kind
    from days_counted
    union all
    select
        as_of_date as snapshot_date,
        'as_of_date' as kind
    from as_of_dates

),

-- A snapshot sees the days before it, so one on the first day sees nothing.
snapshot_dates as (

    select
        all_dates.snapshot_date,
        {% if look_back_days > 0 -%}
            date_sub(all_dates.snapshot_date, {{ look_back_days }})
        {%- else -%}
            date '0001-01-01'
        {%- endif %} as counted_from_date,
        bool_or(all_dates.kind = 'month_end') as is_month_end,
        bool_or(all_dates.kind = 'as_of_date') as is_as_of_date,
        bool_or(all_dates.kind = 'backtest_cutoff') as is_backtest_cutoff
    from all_dates
    cross join first_days
    where
        all_dates.kind = 'as_of_date'
        or all_dates.snapshot_date > first_days.first_order_date
    group by all_dates.snapshot_date

)

select * from snapshot_dates
