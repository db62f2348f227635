-- Profiles, customers and the overview count the same customers. A row is a
-- segment that differs.
with

customer_segments as (

    select * from {{ ref('fct_customer_segments') }}

),

segment_profiles as (

    select * from {{ ref('fct_segment_profiles') }}

),

segment_overview as (

    select * from {{ ref('fct_segment_overview') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

customers_counted as (

    select
        segment_id,
        count(*) as customer_count
    from customer_segments
    group by segment_id

),

overview_at_as_of as (

    select
        segment_overview.segment_id,
        segment_overview.customer_count
    from segment_overview
    inner join current_runs
        on segment_overview.snapshot_date = current_runs.as_of_date

),

differing as (

    select
        segment_id,
        segment_profiles.customer_count as profile_count,
        customers_counted.customer_count,
        overview_at_as_of.customer_count as overview_count
    from segment_profiles
    full outer join customers_counted
        using (segment_id)
    full outer join overview_at_as_of
        using (segment_id)
    where
        coalesce(segment_profiles.customer_count, -1)
        != coalesce(customers_counted.customer_count, 0)
        or coalesce(segment_profiles.customer_count, -1)
        != coalesce(overview_at_as_of.customer_count, 0)

)

select * from differing
