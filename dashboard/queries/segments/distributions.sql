-- The chosen segment beside all customers, as shares of each.
with measure_bins as (
    select * from measure_bins
),
chosen as (
    select segment_id from segment_profiles
    where persona = $persona
),
counted as (
    select
        measure,
        lower_bound,
        sum(customer_count) as everyone,
        sum(customer_count) filter (
            segment_id in (select segment_id from chosen)
        ) as chosen
    from measure_bins
    group by measure, lower_bound
),
distributions as (
    select
        measure,
        lower_bound,
        coalesce(chosen, 0)
        / nullif(sum(chosen) over (partition by measure), 0) as segment_share,
        everyone / sum(everyone) over (partition by measure)
            as population_share
    from counted
)
select * from distributions
order by measure, lower_bound
