{#- Half of a 95% interval in standard errors, of the normal distribution. -#}
{% macro normal_quantile() -%}
1.959963984540054
{%- endmacro %}

{#- An end of Wilson's score interval for a share (Wilson 1927): the lower one
    for a sign of -, the upper one for +. Doubles in, double out. -#}
{% macro wilson_bound(share, number, sign) -%}
{%- set z = normal_quantile() | float -%}
(
    ({{ share }} + {{ z * z / 2 }}D / {{ number }})
    {{ sign }} {{ z }}D * sqrt(
        {{ share }} * (1D - {{ share }}) / {{ number }}
        + {{ z * z / 4 }}D / ({{ number }} * {{ number }})
    )
) / (1D + {{ z * z }}D / {{ number }})
{%- endmacro %}

{#- The quantile of Student's t with as many degrees of freedom, by its
    expansion about the normal one (Abramowitz and Stegun 26.7.5): to 1e-5 from
    9 degrees of freedom on. -#}
{% macro student_quantile(degrees) -%}
{%- set z = normal_quantile() | float -%}
{%- set steps = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
    (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z)
    / 92160,
] -%}
(
    {{ z }}D
    {%- for step in steps %}
    + {{ step }}D / pow({{ degrees }}, {{ loop.index }}D)
    {%- endfor %}
)
{%- endmacro %}
