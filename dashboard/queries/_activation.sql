-- Grain: customer whom a campaign may write to, as the run's activation list
-- says; is_control holds those who get none. The list marks an id that a
-- spreadsheet would run as a formula with an apostrophe.
create table activation as
with listed as (
    select
        customer_id,
        bool_or(is_control = 'true') as is_control
    from
        read_csv(
            '{folder}/activation.csv',
            header = true, delim = ',', quote = '"', escape = '"',
            all_varchar = true
        )
    group by customer_id
),

marked as (
    select
        customer_number,
        case
            when regexp_matches(customer_id, '^[=+\-@\t\r\n]')
                then '''' || customer_id
            else customer_id
        end as customer_id
    from customer_keys
)

select
    marked.customer_number,
    listed.is_control
from marked
inner join listed on marked.customer_id = listed.customer_id
order by marked.customer_number
