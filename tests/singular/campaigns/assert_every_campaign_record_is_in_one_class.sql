-- The classes of a campaign count as many records as its lists landed with.
-- A row is a campaign that lost or gained some.
with

campaign_rows as (

    select
        campaign_id,
        count(*) as landed_count
    from {{ ref('stg_campaigns__customers') }}
    group by campaign_id

),

row_classes as (

    select
        campaign_id,
        sum(row_count) as classified_count
    from {{ ref('fct_campaign_row_classes') }}
    group by campaign_id

),

differing as (

    select
        coalesce(campaign_rows.campaign_id, row_classes.campaign_id)
            as campaign_id,
        campaign_rows.landed_count,
        row_classes.classified_count
    from campaign_rows
    full outer join row_classes
        on campaign_rows.campaign_id = row_classes.campaign_id
    where
        coalesce(campaign_rows.landed_count, 0)
        != coalesce(row_classes.classified_count, 0)

)

select * from differing
