with

segment_profiles as (

    select * from {{ ref('stg_ml__segment_profiles') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

current_segment_profiles as (

    select
        segment_profiles.run_id,
        segment_profiles.segment_id,
        segment_profiles.persona,
        segment_profiles.icon,
        segment_profiles.life_cycle,
        segment_profiles.persona_description,
        segment_profiles.recommended_action,
        segment_profiles.customer_count,
        segment_profiles.customer_share,
        segment_profiles.revenue,
        segment_profiles.revenue_share,
        segment_profiles.median_recency_days,
        segment_profiles.median_frequency,
        segment_profiles.median_monetary,
        segment_profiles.median_average_order_value,
        segment_profiles.median_tenure_days,
        segment_profiles.median_days_between_orders,
        segment_profiles.median_product_count,
        segment_profiles.mean_return_rate,
        segment_profiles.mean_membership_probability,
        segment_profiles.outlier_count,
        segment_profiles.weight,
        segment_profiles.mean_recency_feature,
        segment_profiles.mean_value_feature,
        segment_profiles.variance_recency_feature,
        segment_profiles.variance_value_feature,
        segment_profiles.covariance_features
    from segment_profiles
    inner join current_runs
        on segment_profiles.run_id = current_runs.run_id

)

select * from current_segment_profiles
