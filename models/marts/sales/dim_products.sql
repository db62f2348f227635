with

products as (

    select * from {{ ref('int_products_classified') }}

),

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}
    where line_class = 'sale'

),

sales_summed as (

    select
        product_id,
        sum(quantity) as sold_quantity,
        sum(amount) as gross_amount
    from order_lines
    group by product_id

),

joined as (

    select
        products.product_id,
        products.description,
        products.product_class,
        products.code_description,
        products.line_count,
        cast(
            coalesce(sales_summed.sold_quantity, 0) as decimal(38, 3)
        ) as sold_quantity,
        cast(
            coalesce(sales_summed.gross_amount, 0) as decimal(38, 9)
        ) as gross_amount
    from products
    left join sales_summed
        on products.product_id = sales_summed.product_id

)

select * from joined
