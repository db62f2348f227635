-- Which customers a list, a count, a comparison or a campaign is of, and how a
-- segment of them is measured: one home, for every page and for the console.

-- Grain: customer who was in different segments at two month ends, or in the
-- one that is asked for at both. Each of a direction, a segment to start from
-- (0: first order in between) or to end in, and a segment at either end
-- narrows them; null does not.
create macro moved_customers(
    start_day, end_day, direction_of, from_segment, to_segment, either_segment
) as table (
    with after_month as (
        select
            *,
            recency_days <= end_day::date - start_day::date as has_ordered
        from customer_months
        where snapshot_date = end_day
    ),

    before_month as (
        select * from customer_months
        where snapshot_date = start_day
    ),

    ends as (
        select
            after_month.*,
            coalesce(before_month.segment_id, 0) as from_segment_id
        from after_month
        left join before_month
            on after_month.customer_number = before_month.customer_number
    )

    select
        ends.customer_number,
        ends.country,
        ends.from_segment_id,
        ends.segment_id as to_segment_id,
        coalesce(directions.direction, 'new') as direction,
        ends.monetary,
        ends.frequency,
        ends.recency_days,
        ends.membership_probability
    from ends
    left join directions
        on
            ends.from_segment_id = directions.from_segment_id
            and ends.segment_id = directions.to_segment_id
            and ends.has_ordered = directions.has_ordered
    where
        (direction_of is null or directions.direction = direction_of)
        and (
            ends.from_segment_id = from_segment
            or (from_segment is null and ends.from_segment_id <> 0)
        )
        and (to_segment is null or ends.segment_id = to_segment)
        and (
            ends.from_segment_id <> ends.segment_id
            or from_segment = to_segment
        )
        and (
            either_segment is null
            or ends.from_segment_id = either_segment
            or ends.segment_id = either_segment
        )
);

-- Grain: customer of a day and a country, null for all, with what they are
-- compared by. Measures that the run's own date alone has are null at another.
create macro measured_customers(day, country_name) as table (
    with known as (
        select * from customer_measures
        where day::date in (select max(snapshots.snapshot_date) from snapshots)
    )

    select
        customer_months.segment_id,
        customer_months.recency_days::double as recency_days,
        customer_months.frequency::double as frequency,
        customer_months.monetary::double as monetary,
        customer_months.monetary::double
        / customer_months.frequency as average_order_value,
        known.average_days_between_orders,
        known.tenure_days::double as tenure_days,
        known.product_count::double as product_count,
        known.return_rate
    from customer_months
    left join known
        on customer_months.customer_number = known.customer_number
    where
        customer_months.snapshot_date = day
        and (country_name is null or customer_months.country = country_name)
);

-- Grain: segment of a day and a country, null for all, or the one of a name; a
-- measure; and one of the shares that quantiles are asked for, given as a list.
-- A quantile stands in the measure's own unit and as a percentile of all
-- customers of the day and the country, on which measures of different units
-- can stand side by side (50 is the typical one; of equal customers half count
-- as below). The median of those customers is found with all segments only.
-- Measures that the run's own date alone has leave no rows at another. Wide
-- until the end: a row for each measure and customer would not fit the memory
-- of a million customers.
create macro segment_quantiles(
    day, country_name, shares, persona_name := null
) as table (
    with members as (
        select * from measured_customers(day, country_name)
    ),

    segments as (
        select
            segment_id,
            persona
        from segment_profiles
        where persona_name is null or persona = persona_name
    ),

    quantiles as (
        select
            segment_id,
            quantile_cont(recency_days, shares) as recency_days,
            quantile_cont(frequency, shares) as frequency,
            quantile_cont(monetary, shares) as monetary,
            quantile_cont(average_order_value, shares) as average_order_value,
            quantile_cont(average_days_between_orders, shares)
                as average_days_between_orders,
            quantile_cont(tenure_days, shares) as tenure_days,
            quantile_cont(product_count, shares) as product_count,
            quantile_cont(return_rate, shares) as return_rate
        from members
        where segment_id in (select segments.segment_id from segments)
        group by segment_id
    ),

    typical as (
        select
            median(recency_days) as recency_days,
            median(frequency) as frequency,
            median(monetary) as monetary,
            median(average_order_value) as average_order_value,
            median(average_days_between_orders) as average_days_between_orders,
            median(tenure_days) as tenure_days,
            median(product_count) as product_count,
            median(return_rate) as return_rate
        from members
        where persona_name is null
    ),

    points as (
        select
            segment_id,
            unnest(shares) as share,
            unnest(recency_days) as recency_days,
            unnest(frequency) as frequency,
            unnest(monetary) as monetary,
            unnest(average_order_value) as average_order_value,
            unnest(average_days_between_orders) as average_days_between_orders,
            unnest(tenure_days) as tenure_days,
            unnest(product_count) as product_count,
            unnest(return_rate) as return_rate
        from quantiles
    ),

    counted as (
        select
            points.segment_id,
            points.share,
            any_value(points.recency_days) as recency_days,
            count_if(members.recency_days < points.recency_days)
            / count(members.recency_days) as recency_days_below,
            count_if(members.recency_days > points.recency_days)
            / count(members.recency_days) as recency_days_above,
            any_value(points.frequency) as frequency,
            count_if(members.frequency < points.frequency)
            / count(members.frequency) as frequency_below,
            count_if(members.frequency > points.frequency)
            / count(members.frequency) as frequency_above,
            any_value(points.monetary) as monetary,
            count_if(members.monetary < points.monetary)
            / count(members.monetary) as monetary_below,
            count_if(members.monetary > points.monetary)
            / count(members.monetary) as monetary_above,
            any_value(points.average_order_value) as average_order_value,
            count_if(members.average_order_value < points.average_order_value)
            / count(members.average_order_value) as average_order_value_below,
            count_if(members.average_order_value > points.average_order_value)
            / count(members.average_order_value) as average_order_value_above,
            any_value(points.average_days_between_orders)
                as average_days_between_orders,
            count_if(
                members.average_days_between_orders
                < points.average_days_between_orders
            ) / count(members.average_days_between_orders)
                as average_days_between_orders_below,
            count_if(
                members.average_days_between_orders
                > points.average_days_between_orders
            ) / count(members.average_days_between_orders)
                as average_days_between_orders_above,
            any_value(points.tenure_days) as tenure_days,
            count_if(members.tenure_days < points.tenure_days)
            / count(members.tenure_days) as tenure_days_below,
            count_if(members.tenure_days > points.tenure_days)
            / count(members.tenure_days) as tenure_days_above,
            any_value(points.product_count) as product_count,
            count_if(members.product_count < points.product_count)
            / count(members.product_count) as product_count_below,
            count_if(members.product_count > points.product_count)
            / count(members.product_count) as product_count_above,
            any_value(points.return_rate) as return_rate,
            count_if(members.return_rate < points.return_rate)
            / count(members.return_rate) as return_rate_below,
            count_if(members.return_rate > points.return_rate)
            / count(members.return_rate) as return_rate_above
        from members
        cross join points
        group by points.segment_id, points.share
    ),

    listed as (
        select
            counted.segment_id,
            counted.share,
            unnest([
                'recency_days',
                'frequency',
                'monetary',
                'average_order_value',
                'average_days_between_orders',
                'tenure_days',
                'product_count',
                'return_rate'
            ]) as measure,
            unnest([
                counted.recency_days,
                counted.frequency,
                counted.monetary,
                counted.average_order_value,
                counted.average_days_between_orders,
                counted.tenure_days,
                counted.product_count,
                counted.return_rate
            ]) as amount,
            unnest([
                counted.recency_days_below,
                counted.frequency_below,
                counted.monetary_below,
                counted.average_order_value_below,
                counted.average_days_between_orders_below,
                counted.tenure_days_below,
                counted.product_count_below,
                counted.return_rate_below
            ]) as lower_share,
            unnest([
                counted.recency_days_above,
                counted.frequency_above,
                counted.monetary_above,
                counted.average_order_value_above,
                counted.average_days_between_orders_above,
                counted.tenure_days_above,
                counted.product_count_above,
                counted.return_rate_above
            ]) as higher_share,
            unnest([
                typical.recency_days,
                typical.frequency,
                typical.monetary,
                typical.average_order_value,
                typical.average_days_between_orders,
                typical.tenure_days,
                typical.product_count,
                typical.return_rate
            ]) as population_median
        from counted
        cross join typical
    )

    select
        listed.segment_id,
        segments.persona,
        listed.measure,
        listed.share,
        listed.amount,
        listed.lower_share,
        listed.higher_share,
        listed.population_median,
        50 * (1 + listed.lower_share - listed.higher_share) as percentile
    from listed
    inner join segments on listed.segment_id = segments.segment_id
    where listed.amount is not null
);

-- Whether an amount is between two bounds, the lower one included; a bound that
-- is null asks nothing.
create macro within(amount, low, high) as (
    (low is null or amount >= low) and (high is null or amount < high)
);

-- Grain: customer of a day who meets every condition of at least one of some
-- alternatives, given as JSON: bounds of measures, the lower one included;
-- names to be among or not among; products and months of which each was bought
-- or ordered in, or none. What is left out asks nothing.
create macro built_customers(day, alternatives) as table (
    with asked as (
        select
            unnest(
                from_json(
                    coalesce(alternatives, '[]'),
                    '[{
                    "least": {
                        "recency_days": "DOUBLE",
                        "frequency": "DOUBLE",
                        "monetary": "DOUBLE",
                        "average_order_value": "DOUBLE",
                        "membership_probability": "DOUBLE",
                        "average_days_between_orders": "DOUBLE",
                        "tenure_days": "DOUBLE",
                        "product_count": "DOUBLE",
                        "return_rate": "DOUBLE",
                        "order_chance": "DOUBLE",
                        "expected_orders": "DOUBLE",
                        "expected_spend": "DOUBLE"
                    },
                    "under": {
                        "recency_days": "DOUBLE",
                        "frequency": "DOUBLE",
                        "monetary": "DOUBLE",
                        "average_order_value": "DOUBLE",
                        "membership_probability": "DOUBLE",
                        "average_days_between_orders": "DOUBLE",
                        "tenure_days": "DOUBLE",
                        "product_count": "DOUBLE",
                        "return_rate": "DOUBLE",
                        "order_chance": "DOUBLE",
                        "expected_orders": "DOUBLE",
                        "expected_spend": "DOUBLE"
                    },
                    "segments": ["INT"],
                    "countries": ["VARCHAR"],
                    "other_countries": ["VARCHAR"],
                    "is_outlier": "BOOLEAN",
                    "first_from": "DATE",
                    "first_before": "DATE",
                    "bought": ["VARCHAR"],
                    "not_bought": ["VARCHAR"],
                    "ordered": ["DATE"],
                    "not_ordered": ["DATE"]
                }]'
                ),
                max_depth := 2
            )
        where alternatives is not null
    ),

    people as (
        select
            customer_months.customer_number,
            customer_months.country,
            customer_months.segment_id,
            customer_months.membership_probability,
            customer_months.is_outlier,
            customer_months.recency_days,
            customer_months.frequency,
            customer_months.monetary,
            customer_months.monetary::double
            / customer_months.frequency as average_order_value,
            customer_measures.first_order_date,
            customer_measures.average_days_between_orders,
            customer_measures.tenure_days,
            customer_measures.product_count,
            customer_measures.return_rate,
            customer_measures.order_chance,
            customer_measures.expected_orders,
            customer_measures.expected_spend
        from customer_months
        inner join customer_measures
            on
                customer_months.customer_number
                = customer_measures.customer_number
        where customer_months.snapshot_date = day
    ),

    buyers as (
        select
            customer_keys.customer_number,
            list(distinct purchases.product_id) as products
        from customer_product_months as purchases
        inner join customer_keys
            on purchases.customer_id = customer_keys.customer_id
        where
            purchases.order_month < day
            and purchases.product_id in (
                select unnest(list_concat(asked.bought, asked.not_bought))
                from asked
            )
        group by customer_keys.customer_number
    ),

    active as (
        select
            customer_number,
            list(distinct month) as months
        from month_orders
        where
            month < day
            and month in (
                select unnest(list_concat(asked.ordered, asked.not_ordered))
                from asked
            )
        group by customer_number
    )

    select distinct people.customer_number
    from people
    cross join asked
    left join buyers on people.customer_number = buyers.customer_number
    left join active on people.customer_number = active.customer_number
    where (
        asked.segments is null
        or list_contains(asked.segments, people.segment_id)
    )
    and (
        asked.countries is null
        or list_contains(asked.countries, people.country)
    )
    and (
        asked.other_countries is null
        or people.country is null
        or not list_contains(asked.other_countries, people.country)
    )
    and (
        asked.is_outlier is null or people.is_outlier = asked.is_outlier
    )
    and (
        asked.first_from is null
        or people.first_order_date >= asked.first_from
    )
    and (
        asked.first_before is null
        or people.first_order_date < asked.first_before
    )
    and within(
        people.recency_days,
        asked.least.recency_days,
        asked.under.recency_days
    )
    and within(
        people.frequency,
        asked.least.frequency,
        asked.under.frequency
    )
    and within(people.monetary, asked.least.monetary, asked.under.monetary)
    and within(
        people.average_order_value,
        asked.least.average_order_value,
        asked.under.average_order_value
    )
    and within(
        people.membership_probability,
        asked.least.membership_probability,
        asked.under.membership_probability
    )
    and within(
        people.average_days_between_orders,
        asked.least.average_days_between_orders,
        asked.under.average_days_between_orders
    )
    and within(
        people.tenure_days,
        asked.least.tenure_days,
        asked.under.tenure_days
    )
    and within(
        people.product_count,
        asked.least.product_count,
        asked.under.product_count
    )
    and within(
        people.return_rate,
        asked.least.return_rate,
        asked.under.return_rate
    )
    and within(
        people.order_chance,
        asked.least.order_chance,
        asked.under.order_chance
    )
    and within(
        people.expected_orders,
        asked.least.expected_orders,
        asked.under.expected_orders
    )
    and within(
        people.expected_spend,
        asked.least.expected_spend,
        asked.under.expected_spend
    )
    and (
        asked.bought is null
        or coalesce(list_has_all(buyers.products, asked.bought), false)
    )
    and (
        asked.not_bought is null
        or not coalesce(
            list_has_any(buyers.products, asked.not_bought), false
        )
    )
    and (
        asked.ordered is null
        or coalesce(list_has_all(active.months, asked.ordered), false)
    )
    and (
        asked.not_ordered is null
        or not coalesce(
            list_has_any(active.months, asked.not_ordered), false
        )
    )
);

-- Grain: customer, with the measures of a day. They are those of a segment, or
-- else those who moved between two month ends; null narrows nothing, and
-- alternatives are those of built_customers.
create macro chosen_customers(
    day,
    segment := null,
    country_name := null,
    id_part := null,
    least_probability := 0,
    least_money := null,
    start_day := null,
    end_day := null,
    direction_of := null,
    from_segment := null,
    to_segment := null,
    alternatives := null
) as table (
    with members as (
        select
            snapshot_date,
            customer_number,
            country,
            segment_id,
            membership_probability,
            is_outlier,
            recency_days,
            frequency,
            monetary
        from customer_months
        where
            snapshot_date = day
            and (country_name is null or country = country_name)
            and membership_probability >= least_probability
            and (least_money is null or monetary >= least_money)
            and (
                end_day is not null or segment is null or segment_id = segment
            )
    ),

    named as (
        select customer_number from customer_keys
        where contains(lower(customer_id), lower(id_part))
    ),

    moved as (
        select customer_number from moved_customers(
            start_day, end_day, direction_of, from_segment, to_segment, segment
        )
    ),

    built as (
        select customer_number from built_customers(day, alternatives)
    )

    select * from members
    where
        (id_part is null or customer_number in (from named))
        and (end_day is null or customer_number in (from moved))
        and (alternatives is null or customer_number in (from built))
);
