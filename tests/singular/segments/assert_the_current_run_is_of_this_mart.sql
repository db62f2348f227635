-- The current run has as many customers as the mart. A row says that the marts
-- have been rebuilt for another as-of date or for other customers since: train
-- again.
with

customers as (

    select * from {{ ref('fct_rfm_customers') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

customer_segments as (

    select * from {{ ref('fct_customer_segments') }}

),

counts as (

    select
        current_runs.run_id,
        current_runs.as_of_date,
        (select count(*) from customers) as customer_count,
        (select count(*) from customer_segments) as segmented_count
    from current_runs

),

differing as (

    select * from counts
    where customer_count != segmented_count

)

select * from differing
