-- The customers of a choice by segment, and what they spent, beside all
-- customers of the day.
with selected as (
    select * from chosen_customers(
        $as_of,
        segment := $segment_id,
        country_name := $country,
        alternatives := $alternatives
    )
),

everyone as (
    select
        segment_id,
        sum(customer_count)::bigint as customer_count,
        sum(revenue) as revenue
    from snapshot_totals
    where snapshot_date = $as_of
    group by segment_id
),

counted as (
    select
        segment_id,
        count(*) as customer_count,
        sum(monetary) as revenue
    from selected
    group by segment_id
),

summary as (
    select
        segment_profiles.segment_id,
        segment_profiles.persona,
        coalesce(counted.customer_count, 0) as customer_count,
        coalesce(counted.revenue, 0) as revenue,
        coalesce(everyone.customer_count, 0) as everyone_count,
        coalesce(everyone.revenue, 0) as everyone_revenue
    from segment_profiles
    left join counted on segment_profiles.segment_id = counted.segment_id
    left join everyone on segment_profiles.segment_id = everyone.segment_id
)

select * from summary
order by segment_id
