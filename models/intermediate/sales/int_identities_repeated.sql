with

order_lines as (

    select * from {{ ref('stg_shop__order_lines') }}
    where identity_hash is not null

),

repeated as (

    select identity_hash
    from order_lines
    group by identity_hash
    having count(*) > 1

)

select * from repeated
