with

source as (

    select * from {{ source('campaigns', 'campaign_customers') }}

),

typed as (

    select
        -- ids
        campaign_id,
        source_row,
        -- Capital letters do not tell one address from another.
        if(
            customer_id rlike '^[^@ ]+@[^@ ]+$', lower(customer_id), customer_id
        ) as customer_id,

        -- text
        campaign_name,
        source_file,
        persona,

        -- dates
        sent_on as sent_date,

        -- numerics
        coalesce(
            window_days, {{ var('campaign_window_days') }}
        ) as window_days,

        -- booleans
        case
            when lower(is_control) in ('true', 'yes', '1') then true
            when lower(is_control) in ('false', 'no', '0') then false
        end as is_control,
        coalesce(is_forgotten, false) as is_forgotten

    from source

)

select * from typed
