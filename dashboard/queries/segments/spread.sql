with segment_measures as (
    select * from segment_measures
    where persona = $persona
)
select * from segment_measures
order by measure
