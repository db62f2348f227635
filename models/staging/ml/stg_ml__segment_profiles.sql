with

source as (

    select * from {{ source('ml', 'segment_profiles') }}

),

renamed as (

    select
        run_id,
        segment_id,
        persona,
        icon,
        life_cycle,
        persona_description,
        recommended_action,
        customer_count,
        customer_share,
        revenue,
        revenue_share,
        median_recency_days,
        median_frequency,
        median_monetary,
        median_average_order_value,
        median_tenure_days,
        median_days_between_orders,
        median_product_count,
        mean_return_rate,
        mean_membership_probability,
        outlier_count,
        weight,
        mean_recency_feature,
        mean_value_feature,
        variance_recency_feature,
        variance_value_feature,
        covariance_features
    from source

)

select * from renamed
