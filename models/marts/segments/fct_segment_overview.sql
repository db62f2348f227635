with

segment_history as (

    select * from {{ ref('fct_customer_segment_history') }}
    where is_month_end or is_as_of_date

),

segment_profiles as (

    select * from {{ ref('fct_segment_profiles') }}

),

snapshots as (

    select
        snapshot_date,
        count(*) as all_customer_count,
        sum(monetary) as all_revenue
    from segment_history
    group by snapshot_date

),

segments_summed as (

    select
        snapshot_date,
        segment_id,
        count(*) as customer_count,
        sum(monetary) as revenue
    from segment_history
    group by snapshot_date, segment_id

),

-- A segment that nobody was in has a row too.
overview as (

    select
        snapshots.snapshot_date,
        segment_profiles.segment_id,
        segment_profiles.persona,
        snapshots.all_customer_count,
        snapshots.all_revenue,
        coalesce(segments_summed.customer_count, 0) as customer_count,
        cast(
            coalesce(segments_summed.revenue, 0) as decimal(38, 9)
        ) as revenue
    from snapshots
    cross join segment_profiles
    left join segments_summed
        on
            snapshots.snapshot_date = segments_summed.snapshot_date
            and segment_profiles.segment_id = segments_summed.segment_id

),

shares_taken as (

    select
        snapshot_date,
        segment_id,
        persona,
        customer_count,
        cast(customer_count as double)
        / nullif(all_customer_count, 0) as customer_share,
        revenue,
        {{ nearest_double('revenue') }}
        / nullif({{ nearest_double('all_revenue') }}, 0) as revenue_share,
        lag(customer_count) over (
            partition by segment_id order by snapshot_date
        ) as previous_customer_count
    from overview

)

select * from shares_taken
