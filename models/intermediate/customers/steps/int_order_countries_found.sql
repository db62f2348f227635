with

order_days as (

    select * from {{ ref('int_order_days_summed') }}

),

-- Orders of one moment may name several countries: the last in the alphabet.
countries as (

    select
        customer_id,
        first_ordered_at as ordered_at,
        max(country) as country
    from order_days
    group by customer_id, first_ordered_at

)

select * from countries
