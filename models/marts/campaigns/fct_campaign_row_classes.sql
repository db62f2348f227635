with

campaign_rows as (

    select * from {{ ref('fct_campaign_records') }}

),

counted as (

    select
        campaign_id,
        campaign_name,
        row_class,
        count(*) as row_count
    from campaign_rows
    group by campaign_id, campaign_name, row_class

)

select * from counted
