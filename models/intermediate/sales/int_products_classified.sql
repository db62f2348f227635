with

order_lines as (

    select * from {{ ref('stg_shop__order_lines') }}

),

non_product_codes as (

    select * from {{ ref('stg_shop__non_product_codes') }}

),

descriptions_counted as (

    select
        product_id,
        description,
        count_if(unit_price > 0) as priced_line_count,
        count(*) as line_count
    from order_lines
    where product_id is not null
    group by product_id, description

),

-- The description that most priced lines carry: write-offs come with notes
-- such as "damaged" in its place.
products as (

    select
        product_id,
        sum(line_count) as line_count,
        max(
            struct(
                description is not null as is_known,
                priced_line_count,
                line_count,
                description
            )
        ).description as description
    from descriptions_counted
    group by product_id

),

-- A whole code beats the beginning of one, a longer beginning a shorter one.
matched as (

    select
        products.product_id,
        min(
            struct(
                non_product_codes.is_beginning,
                0 - length(non_product_codes.code) as closeness,
                non_product_codes.code_description
            )
        ).code_description as code_description
    from products
    inner join non_product_codes
        on
            startswith(products.product_id, non_product_codes.code)
            and (
                non_product_codes.is_beginning
                or products.product_id = non_product_codes.code
            )
    group by products.product_id

),

classified as (

    select
        products.product_id,
        products.description,
        products.line_count,
        matched.code_description,
        if(
            matched.product_id is null, 'product', 'non_product'
        ) as product_class
    from products
    left join matched
        on products.product_id = matched.product_id

)

select * from classified
