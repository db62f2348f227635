{%- set bin_count = var('rfm_bin_count') | int %}
{%- set cut_points = var('rfm_cut_points') %}
with

snapshot_dates as (

    select * from {{ ref('int_snapshot_dates') }}
    where is_as_of_date

),

customers as (

    select customers.*
    from {{ ref('int_customers_measured') }} as customers
    inner join snapshot_dates
        on customers.snapshot_date = snapshot_dates.snapshot_date
    where
        customers.frequency >= 1
        and customers.monetary > 0

),

-- Goodness is the value turned so that more is better.
values_counted as (

    select
        measure,
        value,
        if(measure = 'recency_days', -value, value) as goodness,
        count(*) as customer_count
    from customers
    lateral view
        stack(
            3,
            'recency_days', cast(recency_days as decimal(38, 9)),
            'frequency', cast(frequency as decimal(38, 9)),
            'monetary', monetary
        ) as measure, value
    group by measure, value

),

-- Customers with worse values, so that equal values stand equally.
values_ranked as (

    select
        *,
        sum(customer_count) over (
            partition by measure order by goodness
        ) - customer_count as worse_count,
        sum(customer_count) over (partition by measure) as all_count
    from values_counted

),

scored as (

    select
        *,
        case measure
            {%- for measure in ['recency_days', 'frequency', 'monetary'] %}
            when '{{ measure }}'
                then
                    {%- for point in cut_points[measure] %}
                    if(
                        value
                        {{ '<=' if measure == 'recency_days' else '>=' }}
                        {{ point }}, 1, 0
                    ) +
                    {%- else %}
                    cast(
                        (worse_count * {{ bin_count }}) div all_count as int
                    ) +
                    {%- endfor %}
                    1
            {%- endfor %}
        end as score
    from values_ranked

),

thresholds as (

    select
        measure,
        score,
        min(value) as lower_bound,
        max(value) as upper_bound,
        sum(customer_count) as customer_count
    from scored
    group by measure, score

)

select * from thresholds
