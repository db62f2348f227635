-- What each segment is, by the model of the run, and its customers at the
-- chosen day and in the chosen country.
with segment_profiles as (
    select * from segment_profiles
),

customer_months as (
    select * from customer_months
    where
        snapshot_date = $as_of
        and ($country is null or country = $country)
),

summarised as (
    select
        segment_id,
        count(*) as customer_count,
        sum(monetary) as revenue,
        avg(membership_probability) as mean_membership_probability,
        count(*) filter (is_outlier) as outlier_count
    from customer_months
    group by segment_id
),

profiles as (
    select
        segment_profiles.segment_id,
        segment_profiles.persona,
        segment_profiles.icon,
        segment_profiles.persona_description,
        segment_profiles.recommended_action,
        -- A segment may be defined by its customers' first order alone.
        segment_profiles.weight is not null as is_component,
        coalesce(summarised.customer_count, 0) as customer_count,
        summarised.customer_count / sum(summarised.customer_count) over ()
            as customer_share,
        coalesce(summarised.revenue, 0) as revenue,
        (
            summarised.revenue / sum(summarised.revenue) over ()
        )::double as revenue_share,
        summarised.mean_membership_probability,
        coalesce(summarised.outlier_count, 0) as outlier_count
    from segment_profiles
    left join summarised
        on segment_profiles.segment_id = summarised.segment_id
)

select * from profiles
order by segment_id
