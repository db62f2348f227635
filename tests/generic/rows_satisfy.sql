{#- Every row satisfies every rule, in one pass over the table. A rule is a
    condition; where it comes out null it is broken. A returned row is one
    rule and how many rows break it. -#}
{% test rows_satisfy(model, rules) %}

with

checked as (

    select
        filter(
            array(
                {%- for rule in rules %}
                if(
                    coalesce({{ rule }}, false),
                    null,
                    '{{ rule | replace("'", "`") }}'
                ){{ ',' if not loop.last }}
                {%- endfor %}
            ),
            rule -> rule is not null
        ) as broken_rules
    from {{ model }}

),

broken as (

    select explode(broken_rules) as rule
    from checked

),

counted as (

    select
        rule,
        count(*) as row_count
    from broken
    group by rule

)

select * from counted

{% endtest %}
