{%- set bin_count = var('rfm_bin_count') | int %}
{%- set cut_points = var('rfm_cut_points') | tojson %}
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

-- The value is turned so that more is better. Zero minus it stays
-- exact within 38 digits.
values_counted as (

    select
        measure,
        measured_value,
        if(
            measure = 'recency_days',
            cast(0 - cast(measured_value as decimal(37, 9)) as decimal(38, 9)),
            measured_value
        ) as oriented_value,
        count(*) as customer_count
    from measured
    group by measure, measured_value

),

-- Customers with worse values, so that equal values stand equally.
values_ranked as (

    select
        *,
        sum(customer_count) over (
            partition by measure order by oriented_value
        ) - customer_count as worse_count,
        sum(customer_count) over (partition by measure) as all_count,
        from_json(
            '{{ cut_points }}', 'map<string, array<decimal(38, 9)>>'
        )[measure] as cut_points
    from values_counted

),

scored as (

    select
        measure,
        measured_value,
        customer_count,
        if(
            size(cut_points) = 0,
            1 + cast((worse_count * {{ bin_count }}) div all_count as int),
            1 + size(
                filter(
                    cut_points,
                    point -> if(
                        measure = 'recency_days',
                        measured_value <= point,
                        measured_value >= point
                    )
                )
            )
        ) as score
    from values_ranked

)

select * from scored
