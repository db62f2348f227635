{%- set bin_count = var('rfm_bin_count') | int %}
{%- set cut_points = var('rfm_cut_points') | tojson %}
with

values_counted as (

    select * from {{ ref('int_rfm_values_counted') }}

),

-- The value is turned so that more is better. Zero minus it stays
-- exact within 38 digits.
values_turned as (

    select
        *,
        if(
            measure = 'recency_days',
            cast(0 - cast(measured_value as decimal(37, 9)) as decimal(38, 9)),
            measured_value
        ) as oriented_value
    from values_counted

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
    from values_turned

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
