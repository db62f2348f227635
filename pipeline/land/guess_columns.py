"""Guesses about columns: which of a file's is which of ours, by the names that shops give them."""

import re
import unicodedata
from collections.abc import Collection, Sequence

__all__ = ["guess_columns", "is_whole_name", "plain_name"]

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
        *("montant", "importe", "importo", "bedrag", "ordertotal", "grandtotal", "netsales"),
        *("ordertotalamount", "orderamount", "itemtotal", "totalpaid", "totalttc", "gesamtbetrag"),
    ),
    "country": (
        *("country", "shippingcountry", "billingcountry", "customercountry", "land"),
        *("countrycode", "shiptocountry", "market", "pays", "pais", "paese"),
    ),
}


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
    keys = {plain_name(name): name for name in reversed(header)}
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


def is_whole_name(column: str, header: str) -> bool:
    """Say whether a header is a name of a canonical column, and not just has one as a part."""
    return plain_name(header) in _NAMES[column]


def plain_name(name: str) -> str:
    """Return a header's letters and digits without case and accents."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^0-9a-z]", "", letters)
