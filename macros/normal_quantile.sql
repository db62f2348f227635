{#- Half of a 95% interval in standard errors, of the normal distribution. -#}
{% macro normal_quantile() -%}
1.959963984540054D
{%- endmacro %}
