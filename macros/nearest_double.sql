{#- The double that is nearest to a decimal. Sail's own cast rounds twice where
    a decimal has more digits than a double, and may be the next double. -#}
{% macro nearest_double(amount) -%}
cast(cast({{ amount }} as string) as double)
{%- endmacro %}
