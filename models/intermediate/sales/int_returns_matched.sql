with

returns_paired as (

    select * from {{ ref('int_returns_paired') }}

),

-- The discount up to a unit of the sale, in whole cents, so that its parts
-- add up.
discounts_cut as (

    select
        {%- for end in ['upper', 'lower'] %}
            if(
                {{ end }}_units = sale_units,
                cast(discount as decimal(37, 9)),
                cast(
                    round(discount * {{ end }}_units / nullif(sale_units, 0), 2)
                    as decimal(37, 9)
                )
            ) as {{ end }}_discount,
        {%- endfor %}
        *
    from returns_paired

),

priced as (

    select
        return_load_id,
        return_source_row,
        sale_load_id,
        sale_source_row,
        customer_id,
        order_id,
        product_id,
        sold_at,
        returned_at,
        matched_units,
        cast(
            cast(matched_units * coalesce(unit_price, 1) as decimal(37, 9))
            - if(
                unit_price is null or upper_discount is null,
                cast(0 as decimal(37, 9)),
                cast(upper_discount - lower_discount as decimal(37, 9))
            ) as decimal(38, 9)
        ) as matched_amount
    from discounts_cut

)

select * from priced
