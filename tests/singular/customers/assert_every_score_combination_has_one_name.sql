-- A scheme of segment names leaves no combination out and names none twice.
-- A row is a combination with no name or several, or a name for a score
-- that cannot occur.
{%- set scores = range(1, (var('rfm_bin_count') | int) + 1) | join(', ') %}
with

eleven as (

    select * from {{ ref('rfm_segments_eleven') }}

),

six as (

    select * from {{ ref('rfm_segments_six') }}

),

scores as (

    select explode(array({{ scores }})) as score

),

schemes as (

    select explode(array('eleven', 'six')) as scheme

),

combinations as (

    select
        schemes.scheme,
        concat(recency.score, frequency.score, monetary.score) as rfm_score
    from scores as recency
    cross join scores as frequency
    cross join scores as monetary
    cross join schemes

),

names as (

    select
        'eleven' as scheme,
        rfm_score,
        rfm_segment
    from eleven
    union all
    select
        'six' as scheme,
        rfm_score,
        rfm_segment
    from six

),

names_counted as (

    select
        scheme,
        rfm_score,
        count(rfm_segment) as name_count
    from names
    group by scheme, rfm_score

),

ambiguous as (

    select
        scheme,
        rfm_score,
        names_counted.name_count
    from combinations
    full outer join names_counted
        using (scheme, rfm_score)
    where
        coalesce(names_counted.name_count, 0) != 1
        or combinations.rfm_score is null

)

select * from ambiguous
