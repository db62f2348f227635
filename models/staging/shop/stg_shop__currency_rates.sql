with

source as (

    select * from {{ source('shop', 'currency_rates') }}

),

renamed as (

    select
        load_id,
        currency,
        day as rate_date,
        rate
    from source

)

select * from renamed
