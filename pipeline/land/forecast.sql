-- What would come of raw lines, by the order of reasons that the models have.
create temp table lines as
with

typed as (

    select
        nullif(trim(order_id), '') as order_id,
        nullif(trim(customer_id), '') as customer,
        nullif(lower(trim(status)), '') as order_status,
        nullif(trim(cancelled_at), '') as cancelled,
        nullif(trim(ordered_at), '') as ordered,
        unparsed_text,
        {quantity} as units,
        {unit_price} as price,
        {amount} as whole_amount,
        coalesce(abs({discount}), 0) as taken_off,
        coalesce(abs({refund}), 0) as refunded
    from raw_lines

),

priced as (

    select
        * replace (
            if(contains(customer, '@'), lower(customer), customer) as customer
        ),
        if($has_quantity, units * price, whole_amount) as full_amount
    from typed

),

paid as (

    select
        *,
        if(
            full_amount < 0, full_amount + taken_off, full_amount - taken_off
        ) as paid_amount
    from priced

)

select
    order_id,
    customer,
    paid_amount,
    refunded,
    case
        when unparsed_text is not null then 'the record does not fit the header'
        when order_id is null then 'no order id'
        when ordered is null then 'no order date'
        when full_amount is null then 'no number for the amount'
        when cancelled is not null then 'the order was cancelled'
        when $has_status and order_status is null then 'no status'
        when $has_status and not list_contains($statuses, order_status)
            then concat('status ', order_status)
        when starts_with(upper(order_id), $adjustment) or price < 0
            then 'an accounting entry'
        when
            paid_amount < 0
            and not (
                $is_negative_return
                or starts_with(upper(order_id), $cancellation)
            )
            then 'units below zero, not cancelled'
        when paid_amount = 0 then 'no price or no units'
        when customer is null then 'no customer id'
    end as reason
from paid;

create temp table refunds as
select
    order_id,
    if(
        $has_quantity,
        least(max(refunded), sum(paid_amount)),
        max(refunded)
    ) as refunded
from lines
where reason is null and paid_amount > 0
group by order_id;

create temp table left_out as
select
    reason,
    count(*) as records,
    count(*) / (select count(*) from lines) as share,
    coalesce(
        sum(abs(paid_amount))
        / (select nullif(sum(abs(paid_amount)), 0) from lines),
        0
    ) as money_share
from lines
where reason is not null
group by reason
order by records desc, reason;

create temp table totals as
select
    count(*) as records,
    count(distinct order_id) as orders,
    count(*) filter (reason is null) as kept,
    count(distinct order_id) filter (reason is null) as kept_orders,
    count(distinct customer) filter (reason is null) as customers,
    coalesce(sum(paid_amount) filter (reason is null), 0)
    - coalesce((select sum(refunded) from refunds), 0) as net,
    count(*) filter (
        reason = 'no customer id'
        and order_id in (select order_id from lines where customer is not null)
    ) as named_elsewhere
from lines;
