-- The chosen segment beside all customers, as shares of each, at the chosen
-- day and in the chosen country. Bins have round bounds that people use (a
-- week, a month; one order, two; 1, 2 and 5 times powers of ten).
with customer_months as (
    select
        *,
        monetary::double as amount
    from customer_months
    where
        snapshot_date = $as_of
        and ($country is null or country = $country)
),

segment_profiles as (
    select segment_id from segment_profiles
    where persona = $persona
),

magnitudes as (
    select
        segment_id,
        recency_days,
        frequency,
        amount,
        pow(10, floor(log10(amount))) as magnitude
    from customer_months
),

bounds as (
    select
        segment_id in (select segment_profiles.segment_id from segment_profiles)
            as is_chosen,
        case
            when recency_days <= 7 then 1
            when recency_days <= 14 then 8
            when recency_days <= 30 then 15
            when recency_days <= 60 then 31
            when recency_days <= 90 then 61
            when recency_days <= 180 then 91
            when recency_days <= 365 then 181
            else 366
        end::double as recency_days,
        case
            when frequency <= 4 then frequency
            when frequency <= 9 then 5
            when frequency <= 19 then 10
            when frequency <= 49 then 20
            else 50
        end::double as frequency,
        magnitude * case
            when amount >= 5 * magnitude then 5
            when amount >= 2 * magnitude then 2
            else 1
        end as monetary
    from magnitudes
),

binned as (
    unpivot bounds
    on columns(* exclude (is_chosen))
    into name measure value lower_bound
),

counted as (
    select
        measure,
        lower_bound,
        count(*) as everyone,
        count(*) filter (is_chosen) as chosen
    from binned
    group by measure, lower_bound
),

distributions as (
    select
        measure,
        lower_bound,
        chosen / nullif(sum(chosen) over (partition by measure), 0)
            as segment_share,
        everyone / sum(everyone) over (partition by measure)
            as population_share
    from counted
)

select * from distributions
order by measure, lower_bound
