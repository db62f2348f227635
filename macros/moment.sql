{#- The moment that a text says in its load's timestamp_format; null where it
    does not read. -#}
{% macro moment(text) -%}
case timestamp_format
    {#- A literal pattern is made ready once, another anew for every line. #}
    {%- for format in var('timestamp_formats') %}
        {%- set literal = "'" ~ format | replace("'", "\\'") ~ "'" %}
    when {{ literal }} then try_to_timestamp({{ text }}, {{ literal }})
    {%- endfor %}
    when 'epoch_seconds'
        then timestamp_seconds(
            try_cast(
                regexp_extract({{ text }}, '^-?[0-9]{1,11}$', 0) as bigint
            )
        )
    when 'epoch_milliseconds'
        then timestamp_millis(
            try_cast(
                regexp_extract({{ text }}, '^-?[0-9]{1,14}$', 0) as bigint
            )
        )
    when 'excel_serial'
        then timestamp_seconds(
            cast(
                round(
                    (
                        try_cast(
                            replace(
                                regexp_extract(
                                    {{ text }},
                                    '^[0-9]{1,5}([.,][0-9]{1,12})?$',
                                    0
                                ),
                                ',',
                                '.'
                            ) as decimal(20, 12)
                        )
                        - 25569
                    )
                    * 86400
                ) as bigint
            )
        )
    {#- Of several patterns landing made sure that each moment fits one. #}
    else if(
        contains(timestamp_format, '|'),
        coalesce(
            {%- for place in [1, 2, 3] %}
            try_to_timestamp(
                {{ text }},
                nullif(split_part(timestamp_format, '|', {{ place }}), '')
            ){{ ',' if not loop.last }}
            {%- endfor %}
        ),
        try_to_timestamp({{ text }}, timestamp_format)
    )
end
{%- endmacro %}
