{#- An amount in the currency of the shop: once, to a millionth, so that all
    sums of it are exact. Null where there is no rate or no room for it. -#}
{% macro in_shop_currency(amount) -%}
if(
    is_converted,
    try_cast(round({{ amount }} * exchange_rate, 6) as decimal(18, 6)),
    {{ amount }}
)
{%- endmacro %}
