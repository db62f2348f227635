-- The classes of a campaign count as many records as its lists landed with.
-- A row is a campaign that lost or gained some.
with

campaign_customers as (

    select * from {{ ref('stg_campaigns__customers') }}

),

campaign_row_classes as (

    select * from {{ ref('fct_campaign_row_classes') }}

),

records_counted as (

    select
        campaign_id,
        count(*) as landed_count
    from campaign_customers
    group by campaign_id

),

classes_summed as (

    select
        campaign_id,
        sum(row_count) as classified_count
    from campaign_row_classes
    group by campaign_id

),

differing as (

    select
        coalesce(records_counted.campaign_id, classes_summed.campaign_id)
            as campaign_id,
        records_counted.landed_count,
        classes_summed.classified_count
    from records_counted
    full outer join classes_summed
        on records_counted.campaign_id = classes_summed.campaign_id
    where
        coalesce(records_counted.landed_count, 0)
        != coalesce(classes_summed.classified_count, 0)

)

select * from differing
