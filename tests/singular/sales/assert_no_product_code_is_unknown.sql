-- Codes that are neither in the seed nor like a product code count as goods.
-- A row is one to look at: add it to non_product_codes, or widen the var
-- product_id_pattern.
with

products as (

    select * from {{ ref('dim_products') }}

),

unknown_products as (

    select
        product_id,
        description,
        line_count,
        gross_amount
    from products
    where product_class = 'unknown'

)

select * from unknown_products
