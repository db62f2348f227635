with snapshot_totals as (
    select * from snapshot_totals
    where snapshot_date = $as_of and country is not null
),
counted as (
    select
        country,
        sum(customer_count) as everyone,
        sum(customer_count) filter (persona = $persona) as customer_count,
        sum(revenue) filter (persona = $persona) as revenue
    from snapshot_totals
    group by country
),
shares as (
    select
        country,
        customer_count::bigint as customer_count,
        revenue,
        customer_count / sum(customer_count) over () as customer_share,
        everyone / sum(everyone) over () as population_share
    from counted
),
countries as (
    select
        *,
        customer_share / population_share as lift
    from shares
    where customer_count > 0
)
select * from countries
where lift > 1
order by lift desc, customer_count desc, country
limit 10
