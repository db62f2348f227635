with

order_lines as (

    select * from {{ ref('stg_shop__order_lines') }}

),

non_product_codes as (

    select * from {{ ref('non_product_codes') }}

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

-- An exact code beats a pattern, an earlier rule beats a later one.
matched as (

    select
        products.product_id,
        min(
            struct(
                non_product_codes.match_type,
                non_product_codes.rule_order,
                non_product_codes.product_class,
                non_product_codes.code_description
            )
        ) as code_rule
    from products
    inner join non_product_codes
        on
            case non_product_codes.match_type
                when 'exact' then products.product_id = non_product_codes.code
                else products.product_id rlike non_product_codes.code
            end
    group by products.product_id

),

classified as (

    select
        products.product_id,
        products.description,
        products.line_count,
        matched.code_rule.code_description,
        case
            when matched.code_rule.product_class is not null
                then matched.code_rule.product_class
            when
                left(products.product_id, 100)
                rlike '{{ var("product_id_pattern") }}'
                then 'product'
            else 'unknown'
        end as product_class
    from products
    left join matched
        on products.product_id = matched.product_id

)

select * from classified
