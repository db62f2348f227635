with

loads as (

    select * from {{ ref('base_shop__loads') }}

),

described as (

    select
        load_id,
        source_name,
        source_file,
        file_checksum,
        config_checksum,
        timestamp_format,
        timezone,
        cancellation_prefix,
        adjustment_prefix,
        decimal_separator,
        thousands_separator,
        counted_statuses,
        skipped_text,
        currency,
        raw_row_count,
        title_row_count,
        total_row_count,
        is_negative_return,
        is_decimal_id,
        has_number_signs,
        is_reexported,
        is_converted,
        has_product,
        has_quantity,
        has_country
    from loads

)

select * from described
