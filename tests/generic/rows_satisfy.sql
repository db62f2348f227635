{#- No two rows have the same key, no part of it is null, and every row
    satisfies every rule, in one pass over the table. A rule is a condition;
    where it comes out null it is broken. A returned row is one broken rule
    and how many keys (rows, where no key is given) break it. -#}
{% test rows_satisfy(model, key=[], rules=[]) %}

{%- set conditions = [] -%}
{%- for part in key -%}
    {%- do conditions.append(part ~ ' is not null') -%}
{%- endfor -%}
{%- do conditions.extend(rules) -%}

with

checked as (

    select
        {%- for part in key %}
        {{ part }} as key_{{ loop.index }},
        {%- endfor %}
        -- One bit a rule.
        {%- for condition in conditions %}
        if(coalesce({{ condition }}, false), 0L, {{ 2 ** loop.index0 }}L)
        {{- ' |' if not loop.last }}
        {%- endfor %}
            as broken_bits
    from {{ model }}

),

keys as (

    {% if key -%}
    select
        bit_or(broken_bits) as broken_bits,
        count(*) as row_count
    from checked
    group by {% for part in key %}key_{{ loop.index }}
        {{- ', ' if not loop.last }}{% endfor %}
    {%- else -%}
    select
        broken_bits,
        1 as row_count
    from checked
    {%- endif %}

),

broken as (

    select
        explode(
            array_compact(
                array(
                    if(
                        row_count > 1,
                        'one row per {{ key | join(", ")
                            | replace("'", "`") }}',
                        null
                    )
                    {%- for condition in conditions %},
                    if(
                        (broken_bits & {{ 2 ** loop.index0 }}L) != 0,
                        '{{ condition | replace("'", "`") }}',
                        null
                    )
                    {%- endfor %}
                )
            )
        ) as rule
    from keys
    where row_count > 1 or broken_bits != 0

),

counted as (

    select
        rule,
        count(*) as key_count
    from broken
    group by rule

)

select * from counted

{% endtest %}
