-- What became of the records of each campaign's lists, those that count aside.
select
    campaign_id,
    row_class,
    row_count
from campaign_row_classes
where row_class <> 'counted'
order by campaign_id asc, row_count desc, row_class asc
