"""What the made-up shop sells: products first, then fees and the like."""

from dataclasses import dataclass

import numpy as np

__all__ = ["FEES", "LOSSES", "PRODUCT_COUNT", "Catalogue", "draw_catalogue"]

GROUPS = ("christmas", "kitchen", "garden", "lights", "stationery", "toys", "textiles", "party")
# Rows as BEHAVIOURS, columns as GROUPS: how much each kind likes each group.
TASTES = np.array(
    [
        [1.0, 2.0, 1.0, 1.5, 1.0, 1.0, 1.5, 1.0],
        [0.8, 1.5, 1.5, 1.0, 1.2, 0.8, 1.5, 0.6],
        [1.5, 1.0, 0.5, 1.8, 1.5, 1.2, 0.8, 1.0],
        [5.0, 0.6, 0.2, 1.5, 0.8, 2.0, 0.6, 1.2],
        [0.6, 1.2, 2.0, 1.0, 1.0, 0.8, 1.2, 1.2],
        [1.0, 1.0, 0.6, 1.0, 2.0, 0.6, 0.5, 3.0],
        [0.8, 0.9, 1.5, 0.8, 1.2, 1.8, 0.8, 1.5],
    ]
)
_ADJECTIVES = (
    *("VINTAGE", "RED", "WHITE", "BLUE", "RETROSPOT", "REGENCY", "RUSTIC", "SMALL", "LARGE"),
    *("SET/3", "PACK/12", "HANGING", "FOLDING", "IVORY", "PINK", "PAISLEY", "JUMBO", "MINI"),
    *("ANTIQUE", "ENAMEL", "WOODEN", "GLASS", "CREAM", "GINGHAM"),
)
_STYLES = (
    *("HEART", "STAR", "BIRD", "ROSE", "POLKADOT", "FAIRY", "STRIPE", "DAISY", "OWL"),
    *("CIRCUS", "SKULL", "BUTTERFLY"),
)
_THINGS = {
    "christmas": ("BAUBLE", "STOCKING", "WREATH", "TREE DECORATION", "ADVENT GARLAND"),
    "kitchen": ("MUG", "CAKE STAND", "CAFÉ CRÈME JUG", "JAM JAR", "TEA TOWEL, COTTON"),
    "garden": ("WATERING CAN", "PLANT POT", "BIRD HOUSE", "HERB MARKER", 'TROWEL 7" STEEL'),
    "lights": ("T-LIGHT HOLDER", "LANTERN", "CANDLE", "NIGHT LIGHT", "LAMPSHADE"),
    "stationery": ("NOTEBOOK", "GIFT WRAP", "CARD, HAND MADE", "PENCIL TIN", "STICKER SHEET"),
    "toys": ("JIGSAW", "SPINNING TOP", "DOLL", "PLAYING CARDS", "PIÑATA"),
    "textiles": ("CUSHION COVER", "LUNCH BAG", "APRON", "THROW", "SHOPPER"),
    "party": ("BUNTING", "PAPER CUPS", "NAPKINS", "BALLOONS", "£1 PARTY BAG"),
}
PRODUCT_COUNT = 2400
# Code, description, whether a fee is charged or given.
FEES = (
    ("M", "Manual", 1),
    ("DOT", "DOTCOM POSTAGE", 1),
    ("D", "Discount", -1),
    ("C2", "CARRIAGE", 1),
    ("BANK CHARGES", "Bank Charges", 1),
    ("AMAZONFEE", "AMAZON FEE", -1),
    ("S", "SAMPLES", -1),
)
LOSSES = ("damages", "?", "thrown away", "check", "found", "mouldy, unsaleable", None)


@dataclass(frozen=True)
class Catalogue:
    """What the shop sells: products first, then fees and the like."""

    codes: list[str]
    texts: list[str | None]
    pence: np.ndarray
    odds: np.ndarray
    second_text: np.ndarray
    postage: int
    debt: int
    first_fee: int
    first_loss: int


def draw_catalogue(rng: np.random.Generator) -> Catalogue:
    """Draw products, with prices and how much each behaviour likes them.

    Returns
    -------
    Catalogue
        ``pence`` are the products' prices, 19 to 4995; ``odds``, a row a behaviour, their running
        shares of what it buys, up to 1; ``second_text`` the place of the other text that each is
        sold under, its own where there is none.
    """
    numbers = rng.choice(np.arange(10_000, 99_000), PRODUCT_COUNT, replace=False)
    letters = rng.choice(["", "", "", "A", "B", "C", "S"], PRODUCT_COUNT)
    group = rng.integers(0, len(GROUPS), PRODUCT_COUNT)
    words = rng.integers(0, 10_000, (3, PRODUCT_COUNT))
    has_space = rng.random(PRODUCT_COUNT) < 0.2
    texts: list[str | None] = []
    for at in range(PRODUCT_COUNT):
        things = _THINGS[GROUPS[group[at]]]
        text = " ".join(
            (
                _ADJECTIVES[words[0, at] % len(_ADJECTIVES)],
                _STYLES[words[1, at] % len(_STYLES)],
                things[words[2, at] % len(things)],
            )
        )
        texts.append(text + " " if has_space[at] else text)
    codes = [f"{number}{letter}" for number, letter in zip(numbers, letters, strict=True)]
    pence = np.clip(np.exp(rng.normal(5.3, 0.75, PRODUCT_COUNT)), 19, 4995)
    pence = np.where(pence < 200, np.round(pence), np.round(pence / 5) * 5).astype(np.int64)
    popularity = 1 / np.arange(8, 8 + PRODUCT_COUNT) ** 0.8
    odds = TASTES[:, group] * rng.permutation(popularity)
    # One product in twenty is also sold under a carelessly typed name.
    second_text = np.arange(PRODUCT_COUNT)
    for again in np.flatnonzero(rng.random(PRODUCT_COUNT) < 0.05):
        second_text[again] = len(texts)
        texts.append(f"  {str(texts[again]).lower()}")
    # A fee has one place for its code and its text; no code goes with the names
    # typed carelessly.
    codes += [""] * (len(texts) - len(codes))
    first_fee = len(codes)
    for code, text, _ in FEES:
        codes.append(code)
        texts.append(text)
    postage = len(codes)
    codes.append("POST")
    texts.append("POSTAGE")
    debt = len(codes)
    codes.append("B")
    texts.append("Adjust bad debt")
    first_loss = len(texts)
    texts.extend(LOSSES)
    return Catalogue(
        codes=codes,
        texts=texts,
        pence=pence,
        odds=np.cumsum(odds, axis=1) / odds.sum(axis=1, keepdims=True),
        second_text=second_text,
        postage=postage,
        debt=debt,
        first_fee=first_fee,
        first_loss=first_loss,
    )
