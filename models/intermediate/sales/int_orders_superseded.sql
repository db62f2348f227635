with

order_lines as (

    select * from {{ ref('stg_shop__order_lines') }}

),

states as (

    select
        order_id,
        load_id,
        source_file,
        max(updated_at) as updated_at
    from order_lines
    where is_reexported and order_id is not null
    group by order_id, load_id, source_file

),

-- Exports are named by their days: without a moment the last name is latest.
ranked as (

    select
        order_id,
        load_id,
        row_number() over (
            partition by order_id
            order by updated_at desc nulls last, source_file desc, load_id desc
        ) as state_number
    from states

),

superseded as (

    select
        order_id,
        load_id
    from ranked
    where state_number > 1

)

select * from superseded
