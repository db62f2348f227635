"""Guesses about an unknown file: how its text is cut, and what its columns mean."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from pipeline.land.config import SourceOptions
from pipeline.land.scan import split_record

__all__ = [
    "DateGuess",
    "NumberGuess",
    "bare_number",
    "guess_columns",
    "guess_date",
    "guess_delimiter",
    "guess_header",
    "guess_numbers",
    "guess_prefixes",
    "guess_titles",
    "looks_like_total",
]

_DELIMITERS = (",", ";", "\t", "|")

# What shops call the columns, letters and digits only; the first that a file
# has wins. What holds for a whole name comes before what is a part of one.
_NAMES = {
    "customer_id": (
        *("customerid", "customer", "customerno", "customernumber", "clientid", "client"),
        *("userid", "user", "buyerid", "buyer", "memberid", "accountid", "kundennummer", "kunde"),
        *("kundennr", "kundenid", "custid", "cust", "customeremail", "email", "customername"),
        *("cliente", "idcliente", "idclient", "numeroclient", "klant", "klantnummer"),
    ),
    "order_id": (
        *("invoiceno", "invoice", "invoiceid", "invoicenumber", "orderid", "order", "orderno"),
        *("ordernumber", "transactionid", "transaction", "receiptid", "receipt", "basketid"),
        *("orderref", "orderreference", "bestellnummer", "bestellnr", "bestellung", "auftrag"),
        *("auftragsnummer", "rechnungsnummer", "rechnungsnr", "rechnung", "belegnummer", "billno"),
        *("bill", "saleid", "facture", "numerofacture", "commande", "numerocommande", "factura"),
        *("pedido", "fattura", "ordine", "bestelling", "factuur", "name"),
    ),
    "ordered_at": (
        *("invoicedate", "invoicedatetime", "orderedat", "orderdate", "orderdatetime"),
        *("timestamp", "datetime", "date", "createdat", "purchasedate", "transactiondate"),
        *("saledate", "orderpurchasetimestamp", "ordertime", "datum", "bestelldatum", "zeit"),
        *("rechnungsdatum", "belegdatum", "datecommande", "datefacture", "fecha", "fechapedido"),
        *("data", "dataordine", "orderdatum", "besteldatum", "created", "createdon", "ordered"),
    ),
    "product_id": (
        *("stockcode", "productid", "product", "sku", "lineitemsku", "itemid", "itemcode"),
        *("item", "articleid", "article", "artikelnummer", "artikelnr", "artikel", "productcode"),
        *("asin", "produktnummer", "produkt", "produit", "producto", "articulo", "prodotto"),
    ),
    "description": (
        *("description", "productname", "itemname", "lineitemname", "title", "producttitle"),
        *("bezeichnung", "beschreibung", "itemdescription", "productdescription", "designation"),
        *("libelle", "descripcion", "descrizione", "omschrijving"),
    ),
    "quantity": (
        *("quantity", "qty", "units", "lineitemquantity", "menge", "anzahl", "count"),
        *("orderquantity", "quantityordered", "itemquantity", "quantite", "cantidad", "quantita"),
        *("aantal", "stueck", "stuck"),
    ),
    "unit_price": (
        *("unitprice", "price", "lineitemprice", "priceeach", "itemprice", "einzelpreis"),
        *("preis", "stueckpreis", "stuckpreis", "unitcost", "saleprice", "prixunitaire", "prix"),
        *("preciounitario", "precio", "prezzo", "prijs", "stukprijs"),
    ),
    "amount": (
        *("amount", "total", "linetotal", "revenue", "sales", "totalprice", "totalamount"),
        *("value", "netamount", "grossamount", "betrag", "umsatz", "summe", "subtotal"),
        *("montant", "importe", "importo", "bedrag"),
    ),
    "country": (
        *("country", "shippingcountry", "billingcountry", "customercountry", "land"),
        *("countrycode", "shiptocountry", "market", "pays", "pais", "paese"),
    ),
}

_DATE = re.compile(
    r"(?P<a>\d{1,4})(?P<sep>[-/. ])(?P<b>\d{1,2}|[A-Za-z]{3,9})(?P=sep)(?P<c>\d{1,4})"
    r"(?:(?P<mid>,? |T)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})"
    r"(?:(?P<point>[.,])(?P<fraction>\d{1,9}))?)?(?P<half> ?[AaPp][Mm])?)?"
    r"(?P<gap> ?)(?P<zone>Z|UTC|[+-]\d{2}:\d{2}|[+-]\d{4}|[+-]\d{2})?"
)
_NUMBER = re.compile(r"[-+]?[\d.,' \u00a0\u202f]*\d[\d.,' \u00a0\u202f]*-?")
_GROUPED = ".,' \u00a0\u202f"
_MONEY = r"(?:[$€£¥₹₩₽₺₫₪₴฿]|[A-Z]{1,3}\$?|kr\.?|zł|Kč|Fr\.)?"
_BEFORE = re.compile(rf"[-+( \u00a0\u202f]*{_MONEY}[-+( \u00a0\u202f]*")
_BEHIND = re.compile(rf"[-+) \u00a0\u202f]*{_MONEY}[-+) \u00a0\u202f]*$")
_TOTAL = re.compile(
    r"\W*((grand|sub)[ -]?)?(totals?|totale|sum|summe|gesamt\w*|somme|suma)\b", re.I
)
_MOST_TITLES = 20


@dataclass(frozen=True)
class DateGuess:
    """How dates are written.

    Attributes
    ----------
    pattern : str
        Spark pattern.
    share : float
        Of the values that are not empty, how many are of that shape, 0 to 1.
    other : str or None
        The pattern with day and month exchanged, where no value tells them
        apart.
    reason : str or None
        What spoke for ``pattern`` rather than ``other``; None if nothing did.
    """

    pattern: str
    share: float
    other: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class NumberGuess:
    """How numbers are written.

    Attributes
    ----------
    decimal_separator : str
        Full stop or comma.
    thousands_separator : str or None
        What stands between groups of three digits.
    share : float
        Of the values that are not empty, how many read as numbers, 0 to 1.
    """

    decimal_separator: str
    thousands_separator: str | None
    share: float


def guess_delimiter(lines: Sequence[str]) -> tuple[str, str | None]:
    """Return the delimiter and the quote that cut lines most evenly.

    Parameters
    ----------
    lines : sequence of str
        The first lines of a file.
    """
    best = (0.0, 0, ",", '"')
    for quote in ('"', "'", None):
        for delimiter in _DELIMITERS:
            edge = re.escape(delimiter)
            # A closing quote may be lines away, an opening one begins a field.
            if quote and not any(re.search(f"(^|{edge}){quote}", line) for line in lines):
                continue
            options = SourceOptions(delimiter=delimiter, quote=quote)
            counts = Counter(_width(line, options) for line in lines)
            width, often = counts.most_common(1)[0]
            if width < 2:
                continue
            found = (often / len(lines), width, delimiter, quote)
            if found[:2] > best[:2]:
                best = found
    # The usual quote does no harm where none is used.
    return best[2], best[3] or ('"' if not any('"' in line for line in lines) else None)


def _width(line: str, options: SourceOptions) -> int:
    try:
        return len(split_record(line, options))
    except ValueError:
        return 0


def guess_titles(rows: Sequence[Sequence[str]]) -> int:
    """Count the rows above the header, which fill few of the columns that lines fill.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows of a file.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    usual = Counter(filled[1:]).most_common(1)[0][0] if len(filled) > 2 else 0
    if usual < 2:
        return 0
    titles = next(
        (
            at
            for at, count in enumerate(filled[: _MOST_TITLES + 1])
            if count > 1 and 2 * count >= usual
        ),
        0,
    )
    return titles if titles and guess_header(rows[titles:]) else 0


def looks_like_total(row: Sequence[str]) -> bool:
    """Say whether a row's first filled cell calls it a total."""
    return bool(_TOTAL.match(next((cell for cell in row if cell.strip()), "")))


def bare_number(text: str) -> str:
    """Return a number as ``has_number_signs`` has it read.

    Parameters
    ----------
    text : str
        With a currency's sign or code before or behind it, parentheses or a
        minus behind it; any other text comes back as it is, or reads no
        better.
    """
    text = text.strip()
    if ("(" in text) != (")" in text):
        return text
    minus = "-" if re.search("^[^0-9]*[-(]|-[^0-9]*$", text) else ""
    return minus + _BEHIND.sub("", _BEFORE.sub("", text, count=1), count=1)


def guess_header(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether the first row names columns: it holds no number and no date."""
    first = [cell.strip() for cell in rows[0]]
    return not any(
        re.fullmatch(r"[-+]?\d+([.,]\d+)*", cell) or (cell and _DATE.fullmatch(cell))
        for cell in first
    )


def guess_columns(header: Sequence[str], dates: Collection[str] = ()) -> dict[str, str]:
    """Map canonical columns to headers by the names that shops give them.

    Parameters
    ----------
    header : sequence of str
        The file's columns.
    dates : collection of str
        Those whose values are dates, whatever their names: an invoice's date
        is not its id.

    Returns
    -------
    dict of str to str
        Only what was found; no header is used twice, and an amount is left
        out where quantity and unit price are there.
    """
    keys = {_plain(name): name for name in reversed(header)}
    found: dict[str, str] = {}
    # A whole name first, for every column; then a part of one, but not the
    # short ones: "user" is a part of too much.
    for least, fits in ((0, str.__eq__), (6, str.__contains__)):
        for column, names in _NAMES.items():
            match = next(
                (
                    header_name
                    for name in names
                    if len(name) >= least
                    for key, header_name in keys.items()
                    if fits(key, name)
                    and header_name not in found.values()
                    and (column == "ordered_at" or header_name not in dates)
                ),
                None,
            )
            if match is not None:
                found.setdefault(column, match)
    if {"quantity", "unit_price"} <= set(found):
        found.pop("amount", None)
    elif "amount" in found:
        found.pop("quantity", None)
        found.pop("unit_price", None)
    return {column: found[column] for column in _NAMES if column in found}


def _plain(name: str) -> str:
    """Return a header's letters and digits without case and accents."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^0-9a-z]", "", letters)


def guess_date(values: Iterable[str]) -> DateGuess | None:
    """Find the pattern of a column of dates.

    Parameters
    ----------
    values : iterable of str
        In the file's order; empty ones are passed over.

    Returns
    -------
    DateGuess or None
        None if most values are no dates.
    """
    texts = [value.strip() for value in values if value and value.strip()]
    if not texts:
        return None
    for length, pattern in ((8, "yyyyMMdd"), (14, "yyyyMMddHHmmss")):
        fitting = [
            text for text in texts if len(text) == length and text.isdigit() and text[4:6] <= "12"
        ]
        if len(fitting) > 0.9 * len(texts):
            return DateGuess(pattern, len(fitting) / len(texts))
    for length, pattern in ((10, "epoch_seconds"), (13, "epoch_milliseconds")):
        # From the year 2001 to 2033.
        fitting = [text for text in texts if re.fullmatch(rf"1\d{{{length - 1}}}", text)]
        if len(fitting) > 0.9 * len(texts):
            return DateGuess(pattern, len(fitting) / len(texts))
    matches = [match for match in map(_DATE.fullmatch, texts) if match]
    if len(matches) < 0.5 * len(texts):
        return None
    shape, _ = Counter(_shape(match) for match in matches).most_common(1)[0]
    alike = [match for match in matches if _shape(match) == shape]
    share = len(alike) / len(texts)
    time = _time_pattern(alike)
    sep = alike[0]["sep"]
    if alike[0]["b"].isalpha():
        month = "MMM" if max(len(match["b"]) for match in alike) == 3 else "MMMM"
        day = _letters("d", (match["a"] for match in alike))
        return DateGuess(f"{day}{sep}{month}{sep}{_year(alike, 'c')}{time}", share)
    if shape[1]:
        middle, last = [int(m["b"]) for m in alike], [int(m["c"]) for m in alike]
        names = "dM" if max(middle) > 12 >= max(last) else "Md"
        parts = [
            _letters(name, (m[group] for m in alike))
            for name, group in zip(names, "bc", strict=True)
        ]
        return DateGuess(f"yyyy{sep}{parts[0]}{sep}{parts[1]}{time}", share)
    year = _year(alike, "c")

    def pattern(names: str) -> str:
        first, second = (
            _letters(name, (m[group] for m in alike))
            for name, group in zip(names, "ab", strict=True)
        )
        return f"{first}{sep}{second}{sep}{year}{time}"

    first, second = [int(m["a"]) for m in alike], [int(m["b"]) for m in alike]
    over = sum(one > 12 for one in first), sum(one > 12 for one in second)
    if over != (0, 0):
        return DateGuess(pattern("dM" if over[0] >= over[1] else "Md"), share)
    disorder = {names: _disorder(alike, names) for names in ("dM", "Md")}
    if disorder["dM"] != disorder["Md"]:
        names = min(disorder, key=disorder.get)
        return DateGuess(
            pattern(names), share, pattern(names[::-1]), "rows are in order of time that way"
        )
    reason = "full stops are used day-first" if sep == "." else None
    return DateGuess(pattern("dM"), share, pattern("Md"), reason)


def guess_numbers(values: Iterable[str]) -> NumberGuess:
    """Find how numbers are written.

    Parameters
    ----------
    values : iterable of str
        Quantities, prices or amounts; empty ones are passed over.
    """
    texts = [value.strip() for value in values if value and value.strip()]
    numbers = [text.strip("+-") for text in texts if _NUMBER.fullmatch(text)]
    votes: Counter[tuple[str, str | None]] = Counter()
    for number in numbers:
        signs = [sign for sign in number if sign in _GROUPED]
        if not signs:
            continue
        last = signs[-1]
        tail = len(number) - number.rindex(last) - 1
        others = sorted(set(signs) - {last})
        if len(others) == 1 and last in ".,":
            votes[last, others[0]] += 1
        elif len(signs) > 1 or last not in ".,":
            votes["," if last == "." else ".", last] += 1
        elif tail != 3:
            votes[last, None] += 1
    decimals = Counter()
    for (decimal, _), often in votes.items():
        decimals[decimal] += often
    decimal = decimals.most_common(1)[0][0] if decimals else "."
    grouped = Counter(
        {sign: often for (one, sign), often in votes.items() if sign and one == decimal}
    )
    thousands = grouped.most_common(1)[0][0] if grouped else None
    if thousands is None:
        # One sign before exactly three digits is a decimal or a group; it is
        # a group where the other sign is known to be the decimal one.
        other = "," if decimal == "." else "."
        if any(re.fullmatch(rf"\d{{1,3}}{re.escape(other)}\d{{3}}", number) for number in numbers):
            thousands = other
    return NumberGuess(decimal, thousands, len(numbers) / len(texts) if texts else 0.0)


def guess_prefixes(
    order_ids: Sequence[str], is_negative: Sequence[bool]
) -> tuple[str | None, str | None]:
    """Find the prefix of cancellations and that of accounting entries.

    Parameters
    ----------
    order_ids : sequence of str
    is_negative : sequence of bool
        Whether the line's quantity or amount is below zero.

    Returns
    -------
    cancellation, adjustment : str or None
        Letters before a number. A cancellation's lines are nearly all
        negative, an adjustment's are few and mixed.
    """
    rows: Counter[str] = Counter()
    negative: Counter[str] = Counter()
    for order_id, below in zip(order_ids, is_negative, strict=True):
        match = re.match(r"([A-Za-z]{1,8})[-_]?\d", order_id.strip())
        prefix = match[1] if match else ""
        rows[prefix] += 1
        negative[prefix] += below
    if len(rows) < 2:
        return None, None
    usual = rows.most_common(1)[0][0]
    cancellation = next(
        (
            prefix
            for prefix, count in rows.most_common()
            if prefix and prefix != usual and negative[prefix] > 0.9 * count
        ),
        None,
    )
    adjustment = next(
        (
            prefix
            for prefix, count in rows.most_common()
            if prefix and prefix not in (usual, cancellation) and count < 0.001 * len(order_ids)
        ),
        None,
    )
    return cancellation, adjustment


def _shape(match: re.Match) -> tuple:
    return (
        match["sep"],
        len(match["a"]) == 4,
        match["b"].isalpha(),
        match["mid"],
        bool(match["second"]),
        match["point"],
        bool(match["half"]),
        len(match["zone"] or ""),
    )


def _letters(letter: str, parts: Iterable[str]) -> str:
    """Two letters where every value has two digits, one where some have fewer."""
    return letter * (2 if all(len(part) == 2 for part in parts) else 1)


def _year(matches: Sequence[re.Match], group: str) -> str:
    return "yy" if all(len(match[group]) == 2 for match in matches) else "yyyy"


def _time_pattern(matches: Sequence[re.Match]) -> str:
    first = matches[0]
    text = ""
    if first["hour"]:
        hour = _letters("h" if first["half"] else "H", (match["hour"] for match in matches))
        text = {"T": "'T'"}.get(first["mid"], first["mid"]) + f"{hour}:mm"
        if first["second"]:
            text += ":ss"
        if first["point"]:
            digits = Counter(len(match["fraction"]) for match in matches)
            text += first["point"] + "S" * max(digits)
        if first["half"]:
            text += " a" if " " in first["half"] else "a"
    zone = first["zone"]
    if zone:
        width = {1: "XXX", 3: "X", 5: "XX", 6: "XXX"}.get(len(zone), "X")
        text += first["gap"] + ("z" if zone == "UTC" else width)
    return text


def _disorder(matches: Sequence[re.Match], names: str) -> int:
    """Count how often time runs backwards when parts are read as ``names``."""
    moments = []
    for match in matches:
        day, month = (match["a"], match["b"]) if names == "dM" else (match["b"], match["a"])
        year = int(match["c"]) + (2000 if len(match["c"]) == 2 else 0)
        try:
            moments.append(datetime(year, int(month), int(day)))
        except ValueError:
            continue
    back = sum(later < earlier for earlier, later in pairwise(moments))
    forth = sum(later > earlier for earlier, later in pairwise(moments))
    return min(back, forth)
