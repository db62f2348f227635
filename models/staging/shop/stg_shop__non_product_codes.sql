with

loads as (

    select * from {{ ref('base_shop__loads') }}

),

listed as (

    select distinct explode(non_product_codes) as code_text
    from loads

),

split_up as (

    select
        rtrim('*', substring_index(code_text, '=', 1)) as code,
        substring_index(code_text, '=', 1) like '%*' as is_beginning,
        substring_index(code_text, '=', -1) as code_description
    from listed

)

select * from split_up
