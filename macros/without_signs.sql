{#- A number without a currency's sign or code before or behind it, and with a
    plain minus in front for parentheses or a minus behind it. What is left is
    a number or does not read; an open parenthesis alone stays as it is. -#}
{% macro without_signs(text) -%}
{%- set money = '([$€£¥₹₩₽₺₫₪₴฿]|[A-Z]{1,3}[$]?|kr[.]?|zł|Kč|Fr[.])?' -%}
{%- set before = "'^[-+( \u00a0\u202f]*" ~ money ~ "[-+( \u00a0\u202f]*'" -%}
{%- set behind = "'[-+) \u00a0\u202f]*" ~ money ~ "[-+) \u00a0\u202f]*$'" -%}
if(
    contains({{ text }}, '(') != contains({{ text }}, ')'),
    {{ text }},
    concat(
        if({{ text }} rlike '^[^0-9]*[-(]|-[^0-9]*$', '-', ''),
        regexp_replace(
            regexp_replace({{ text }}, {{ before }}, ''), {{ behind }}, ''
        )
    )
)
{%- endmacro %}
