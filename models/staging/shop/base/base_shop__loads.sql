with

source as (

    select * from {{ source('shop', 'loads') }}

),

renamed as (

    select
        -- ids
        load_id,
        source_name,
        source_file,
        file_checksum,
        config_checksum,

        -- text
        timestamp_format,
        timezone,
        cancellation_prefix,
        adjustment_prefix,
        coalesce(decimal_separator, '.') as decimal_separator,
        coalesce(thousands_separator, '') as thousands_separator,
        counted_statuses,
        skipped_text,
        currency,
        non_product_codes,

        -- numerics
        raw_row_count,
        coalesce(title_row_count, 0) as title_row_count,
        coalesce(total_row_count, 0) as total_row_count,

        -- booleans
        is_negative_return,
        is_decimal_id,
        coalesce(has_number_signs, false) as has_number_signs,
        coalesce(is_reexported, false) as is_reexported,
        coalesce(is_converted, false) as is_converted,
        has_product,
        has_quantity,
        has_country

    from source

)

select * from renamed
