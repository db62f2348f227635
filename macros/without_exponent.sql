{#- A number as 1.5E-3 written out as digits and a point; any other text as it
    is. Not every engine reads an exponent as a decimal, and by way of a double
    digits would be lost. -#}
{% macro without_exponent(text) -%}
{%- set number = "'^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)[eE][-+]?[0-9]{1,2}$'" -%}
{%- set digits -%}
concat(
    repeat('0', 99),
    regexp_replace({{ text }}, '[eE].*$|[-+.]', ''),
    repeat('0', 99)
)
{%- endset -%}
{%- set place -%}
99 + length(regexp_extract({{ text }}, '^[-+]?([0-9]*)', 1))
+ try_cast(regexp_extract({{ text }}, '[eE](.*)$', 1) as int)
{%- endset -%}
if(
    {{ text }} rlike {{ number }},
    concat(
        if(startswith({{ text }}, '-'), '-', ''),
        substring({{ digits }}, 1, {{ place }}),
        '.',
        regexp_replace(substring({{ digits }}, {{ place }} + 1), '0+$', '')
    ),
    {{ text }}
)
{%- endmacro %}
