"""What a shop's amounts are, in words: money, orders, or something the source does not name."""

from dataclasses import dataclass

__all__ = ["ORDERS", "UNKNOWN", "Amounts"]

ORDERS = "orders"
# ISO 4217's code for no known currency.
UNKNOWN = "XXX"


@dataclass(frozen=True)
class Amounts:
    """What amounts are counted in.

    Parameters
    ----------
    unit : str
        ISO 4217 code of a currency; `UNKNOWN`; or `ORDERS` where the source names no currency
        and every order amounts to 1, so that amounts count orders.
    """

    unit: str = UNKNOWN

    @property
    def are_orders(self) -> bool:
        """Whether amounts count orders."""
        return self.unit == ORDERS

    @property
    def are_money(self) -> bool:
        """Whether amounts are known to be money."""
        return self.unit not in (ORDERS, UNKNOWN)

    @property
    def noun(self) -> str:
        """What the sum of amounts is called: revenue, orders or amounts."""
        return "revenue" if self.are_money else "orders" if self.are_orders else "amounts"

    @property
    def share_heading(self) -> str:
        """Heading of shares of that sum, which does not look like a number of orders."""
        return "of orders" if self.are_orders else self.noun

    @property
    def verb(self) -> str:
        """What customers did with that noun: they brought revenue and placed orders."""
        return "placed" if self.are_orders else "brought"

    @property
    def past(self) -> str:
        """What customers are ranked by who are ranked by amounts alone."""
        return "past spend" if self.are_money else f"past {self.noun}"

    def heading(self, words: str) -> str:
        """Return a heading of amounts with the currency, where it is known."""
        return f"{words} ({self.unit})" if self.are_money else words

    def each(self, value: float, low: float, high: float) -> str:
        """Return a mean per customer with its interval, in the unit of the amounts.

        There are as many decimals as it takes to tell the ends apart: ``3.6 each, 95% interval
        3.2 to 4.1``, ``GBP 1,480 each, 95% interval 1,305 to 1,660``.

        Parameters
        ----------
        value : float
            The mean, between the ends.
        low, high : float
            Ends of its 95% interval.

        Returns
        -------
        str
            With the currency in front where it is known, without a full stop.
        """
        value_text, low_text, high_text = self.numbers(value, low, high)
        prefix = f"{self.unit} " if self.are_money else ""
        return f"{prefix}{value_text} each, 95% interval {low_text} to {high_text}"

    @staticmethod
    def numbers(value: float, low: float, high: float) -> tuple[str, str, str]:
        """Return a value and the ends of its interval, with the decimals that tell them apart.

        Parameters
        ----------
        value, low, high : float
            The value and the ends, in one unit.

        Returns
        -------
        value, low, high : str
            With thousands separators; none, one or two decimals: the wider the interval, the fewer.
        """
        width = high - low
        digits = 0 if width >= 10 else 1 if width >= 0.5 else 2
        return f"{value:,.{digits}f}", f"{low:,.{digits}f}", f"{high:,.{digits}f}"
