"""The rules of the dbt models once more, in plain Python, line by line.

Nothing here is shared with the models: returns are matched with a real stack,
each snapshot is counted from the lines before it alone, and scores are counted
customer by customer.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

NINE = Decimal("0.000000001")
MILLIONTH = Decimal("0.000001")
# Spark's patterns as `strftime` writes them; the third is not in var timestamp_formats.
PATTERNS = {
    "M/d/yyyy H:mm": "%-m/%-d/%Y %-H:%M",
    "yyyy-MM-dd HH:mm:ss": "%Y-%m-%d %H:%M:%S",
    "d.M.yyyy H:mm": "%-d.%-m.%Y %-H:%M",
}


@dataclass(frozen=True)
class Load:
    """How the text of one file is read."""

    load_id: str
    pattern: str
    has_quantity: bool = True
    has_product: bool = True
    is_negative_return: bool = False
    is_decimal_id: bool = False
    decimal_separator: str = "."
    thousands_separator: str | None = None
    cancellation_prefix: str | None = "C"
    adjustment_prefix: str | None = "A"
    is_converted: bool = False

    def rate(self, currency: str, day: date) -> Decimal:
        """Return another rate of the dollar every day, of ten decimals."""
        return Decimal(1) if currency == "GBP" else Decimal(day.toordinal() * 9999) / 10**10


@dataclass
class Line:
    """One raw row, read."""

    load: Load
    row: int
    order: str | None
    product: str | None
    description: str | None
    customer: str | None
    country: str | None
    moment: datetime | None
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal | None
    paid: tuple[str | None, Decimal | None, Decimal | None] = (None, None, None)
    line_class: str = ""
    returned_units: Decimal = Decimal(0)
    returned_amount: Decimal = Decimal(0)

    @property
    def key(self) -> tuple[str, int]:
        return self.load.load_id, self.row

    @property
    def units(self) -> Decimal:
        return self.quantity if self.load.has_quantity else self.amount


def text_of(value: str | None) -> str | None:
    return (value.strip(" ") or None) if value is not None else None


def number(value: str | None, load: Load, scale: int) -> Decimal | None:
    if value is None:
        return None
    plain = value.replace(load.thousands_separator or "", "") if load.thousands_separator else value
    try:
        parsed = Decimal(plain.replace(load.decimal_separator, "."))
    except InvalidOperation:
        return None
    if not parsed.is_finite():
        return None
    kept = parsed.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    return kept if kept == parsed and abs(kept) < 10 ** (18 - scale) else None


def moment(value: str | None, load: Load) -> datetime | None:
    try:
        return datetime.strptime(value or "", PATTERNS[load.pattern].replace("%-", "%"))
    except ValueError:
        return None


def read(load: Load, row: int, raw: dict[str, str | None]) -> Line:
    """Read one raw row; its class is ``unparseable`` or not known yet."""

    def identity(value: str | None) -> str | None:
        text = text_of(value)
        return re.sub(r"\.0$", "", text) if text and load.is_decimal_id else text

    product = identity(raw["product_id"])
    quantity = number(text_of(raw["quantity"]), load, 3)
    price = number(text_of(raw["unit_price"]), load, 6)
    at = moment(text_of(raw["ordered_at"]), load)
    paid = (raw.get("currency"), price, quantity and price and quantity * price)
    if load.is_converted and price is not None:
        rate = load.rate(raw["currency"], at.date()) if at else None
        price = (price * rate).quantize(MILLIONTH, ROUND_HALF_UP) if rate else None
    amount = quantity * price if quantity is not None and price is not None else None
    if not load.has_quantity:
        quantity, price, amount = None, None, number(text_of(raw["amount"]), load, 6)
    line = Line(
        *(load, row, identity(raw["order_id"]), product.upper() if product else None),
        *(text_of(raw["description"]), identity(raw["customer_id"]), text_of(raw["country"])),
        *(at, quantity, price, amount, paid),
    )
    if raw["unparsed_text"] is not None:
        line.line_class, line.amount = "unparseable", None
    elif line.order is None or line.moment is None or amount is None:
        line.line_class = "unparseable"
    return line


def classify(lines: list[Line], as_of: date, non_products: set[str]) -> None:
    """Give every line its class, in the order in which the rules stand."""
    seen = set()
    for line in sorted(lines, key=lambda item: (item.load.load_id, item.row)):
        if line.line_class == "unparseable":
            continue
        order = line.order.upper()
        cancelled = bool(line.load.cancellation_prefix) and order.startswith(
            line.load.cancellation_prefix
        )
        adjusted = bool(line.load.adjustment_prefix) and order.startswith(
            line.load.adjustment_prefix
        )
        identity = (
            *(line.order, line.product, line.description, line.customer, line.country),
            *(line.moment, line.quantity, line.price, None if line.quantity else line.amount),
            *line.paid,
        )
        copied = identity in seen
        seen.add(identity)
        negative = line.units < 0
        if line.moment >= datetime.combine(as_of, datetime.min.time()):
            line.line_class = "after_as_of"
        elif adjusted or (line.price or 0) < 0 or (cancelled and line.units > 0):
            line.line_class = "adjustment"
        elif copied:
            line.line_class = "duplicate"
        elif negative and not cancelled and not line.load.is_negative_return:
            line.line_class = "write_off"
        elif line.price == 0 or line.units == 0:
            line.line_class = "zero_price"
        elif line.product in non_products:
            line.line_class = "non_product"
        elif line.customer is None:
            line.line_class = "no_customer"
        else:
            line.line_class = "return" if negative else "sale"


def match(lines: list[Line]) -> dict[tuple, Decimal]:
    """Take returns from the latest earlier sales, with a stack per customer and product.

    Returns
    -------
    dict
        (return key, sale key) to units; the lines' returned units and amounts
        are filled in as well.
    """
    pairs: dict[tuple, Decimal] = defaultdict(Decimal)
    histories = defaultdict(list)
    for line in lines:
        if line.line_class in ("sale", "return"):
            histories[line.customer, line.product].append(line)
    for history in histories.values():
        stack: list[list] = []
        history.sort(key=lambda item: (item.moment, item.line_class == "return", *item.key))
        for line in history:
            if line.line_class == "sale":
                stack.append([line, line.units])
                continue
            wanted = -line.units
            while wanted > 0 and stack:
                sale, left = stack[-1]
                taken = min(wanted, left)
                money = taken * (sale.price if sale.price is not None else 1)
                pairs[line.key, sale.key] += taken
                for side in (line, sale):
                    side.returned_units += taken
                    side.returned_amount += money
                wanted -= taken
                stack[-1][1] -= taken
                if stack[-1][1] == 0:
                    stack.pop()
    return dict(pairs)


def measure(lines: list[Line], snapshot: date) -> dict[str, dict]:
    """Measure every customer from the kept lines before a snapshot alone."""
    before = datetime.combine(snapshot, datetime.min.time())
    past = [
        Line(**{**line.__dict__, "returned_units": Decimal(0), "returned_amount": Decimal(0)})
        for line in lines
        if line.line_class in ("sale", "return") and line.moment < before
    ]
    match(past)
    orders = defaultdict(list)
    for line in past:
        if line.line_class == "sale":
            orders[line.customer, line.order].append(line)
    customers = defaultdict(list)
    for (customer, _), bought in orders.items():
        customers[customer].append(bought)
    found = {}
    for customer, baskets in customers.items():
        counted = [
            basket for basket in baskets if any(item.units > item.returned_units for item in basket)
        ]
        gross = sum((item.amount for basket in baskets for item in basket), Decimal(0))
        returned = sum((item.returned_amount for basket in baskets for item in basket), Decimal(0))
        if not counted or gross <= returned:
            continue
        moments = sorted(min(item.moment for item in basket) for basket in counted)
        products = {item.product for basket in baskets for item in basket} - {None}
        first, last = moments[0], moments[-1]
        net = gross - returned
        gap = (last.date() - first.date()).days
        found[customer] = {
            "recency_days": (snapshot - last.date()).days,
            "frequency": len(counted),
            "purchase_day_count": len({item.date() for item in moments}),
            "gross_amount": gross,
            "returned_amount": returned,
            "monetary": net,
            "tenure_days": (snapshot - first.date()).days,
            "average_order_value": (net / len(counted)).quantize(NINE, ROUND_HALF_UP),
            "average_days_between_orders": gap / (len(counted) - 1) if len(counted) > 1 else None,
            "product_count": len(products) or None,
            "return_rate": float(returned) / float(gross),
            "active_month_count": len({(item.year, item.month) for item in moments}),
            "first_order_at": first,
            "last_order_at": last,
            "country": country_at(last, baskets),
        }
    return found


def country_at(last: datetime, baskets: list[list[Line]]) -> str | None:
    """Return the country of the orders that begin a day at this moment."""
    named = []
    for basket in baskets:
        for day in {item.moment.date() for item in basket}:
            lines = [item for item in basket if item.moment.date() == day]
            if min(item.moment for item in lines) == last:
                known = [(item.moment, item.country) for item in lines if item.country]
                named += [max(known)[1]] if known else []
    return max(named, default=None)


def scores(customers: dict[str, dict], bins: int = 5) -> dict[str, str]:
    """Score each customer by the share of customers who do worse."""
    found = {}
    for customer, own in customers.items():
        code = ""
        for name, sign in (("recency_days", -1), ("frequency", 1), ("monetary", 1)):
            worse = sum(sign * other[name] < sign * own[name] for other in customers.values())
            code += str(1 + worse * bins // len(customers))
        found[customer] = code
    return found


def snapshots(lines: list[Line], as_of: date, cutoffs: tuple[int, ...]) -> set[date]:
    """Return the as-of date, the month ends and the cut-offs that see an order."""
    first = min(line.moment.date() for line in lines if line.line_class == "sale")
    dates, month = set(), as_of.replace(day=1)
    for _ in range(24):
        dates.add(month)
        month = (month - timedelta(days=1)).replace(day=1)
    dates |= {as_of - timedelta(days=days) for days in cutoffs}
    return {day for day in dates if day > first} | {as_of}
