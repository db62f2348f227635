with

loads as (

    select * from {{ ref('base_shop__loads') }}

)

select * from loads
