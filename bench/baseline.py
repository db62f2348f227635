"""The same work without Spark: Polars and scikit-learn in one script.

Lines to RFM to fitted segments, the way one person would do it. The
benchmark runs it beside the project on the same file and checks that both
come to the same customers and money.

usage: python bench/baseline.py LINES.csv[.gz] OUT.json
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import yaml
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import silhouette_score
from sklearn.mixture import GaussianMixture

ROOT = Path(__file__).resolve().parent.parent
KEY = ["customer_id", "product_id"]


def read_lines(path: str) -> pl.DataFrame:
    """Return every line, typed, exact copies once, codes trimmed.

    Returns
    -------
    polars.DataFrame
        ``order_id``, ``product_id`` (upper case), ``quantity`` (whole, below 0 where given back),
        ``ordered_at``, ``unit_price`` and ``customer_id`` (null or empty where nobody is named);
        in the order of the file.
    """
    lines = pl.read_csv(path, infer_schema=False)
    return lines.unique(keep="first", maintain_order=True).select(
        order_id=pl.col("InvoiceNo").str.strip_chars(),
        product_id=pl.col("StockCode").str.strip_chars().str.to_uppercase(),
        quantity=pl.col("Quantity").cast(pl.Int64),
        ordered_at=pl.col("InvoiceDate").str.to_datetime("%-m/%-d/%Y %-H:%M"),
        unit_price=pl.col("UnitPrice").cast(pl.Float64),
        customer_id=pl.col("CustomerID").str.strip_chars().str.replace(r"\.0$", ""),
    )


def kept_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Return sales and cancellations of goods by known customers.

    Returns
    -------
    polars.DataFrame
        Columns and order of ``lines``.
    """
    source = (ROOT / "pipeline" / "sources" / "uci_online_retail.yml").read_text()
    codes = yaml.safe_load(source)["non_product_codes"]
    exact = [code for code in codes if not code.endswith("*")]
    is_code = pl.col("product_id").is_in(exact)
    for code in codes:
        if code.endswith("*"):
            is_code = is_code | pl.col("product_id").str.starts_with(code[:-1])
    return lines.filter(
        pl.col("customer_id").is_not_null()
        & (pl.col("customer_id") != "")
        & (pl.col("unit_price") > 0)
        & ~is_code
        & ~pl.col("order_id").str.starts_with("A")
        & ((pl.col("quantity") > 0) | pl.col("order_id").str.starts_with("C"))
    )


def without_returns(kept: pl.DataFrame) -> pl.DataFrame:
    """Return the sales with the units that cancellations took back, latest sale first.

    Returns
    -------
    polars.DataFrame
        One row a sale, in no order: the columns of ``kept``, ``index`` (its row there), ``left``
        (null where the customer cancelled none of the product) and ``units``, what remains of
        ``quantity`` (0 or more).
    """
    ordered = kept.with_row_index().sort(
        [*KEY, "ordered_at", pl.col("quantity") < 0, "index"], maintain_order=True
    )
    returned = ordered.filter(pl.col("quantity") < 0).select(KEY).unique()
    touched = ordered.join(returned, on=KEY, how="semi", maintain_order="left")
    left = {}
    stack: list[list[int]] = []
    previous = None
    for customer, product, index, quantity in touched.select(*KEY, "index", "quantity").rows():
        if (customer, product) != previous:
            previous, stack = (customer, product), []
        if quantity > 0:
            stack.append([index, quantity])
            left[index] = quantity
            continue
        to_return = -quantity
        while to_return and stack:
            taken = min(to_return, stack[-1][1])
            to_return -= taken
            stack[-1][1] -= taken
            left[stack[-1][0]] -= taken
            if not stack[-1][1]:
                stack.pop()
    netted = pl.DataFrame({"index": list(left), "left": list(left.values())}).cast(
        {"index": pl.get_index_type(), "left": pl.Int64}
    )
    return (
        ordered.filter(pl.col("quantity") > 0)
        .join(netted, on="index", how="left")
        .with_columns(units=pl.coalesce("left", "quantity"))
    )


def measures(sales: pl.DataFrame) -> pl.DataFrame:
    """Return what each customer did.

    Returns
    -------
    polars.DataFrame
        One row a customer, by ``customer_id``: ``recency`` (days from the last order to the day
        after the last sale, 1 or more), ``frequency`` (orders of which units remain, 1 or more)
        and ``monetary`` (what these units cost, above 0).
    """
    as_of = sales["ordered_at"].dt.date().max()
    last_order = pl.col("ordered_at").filter(pl.col("units") > 0).max().dt.date()
    return (
        sales.group_by("customer_id")
        .agg(
            recency=(pl.lit(as_of) - last_order).dt.total_days().add(1),
            frequency=pl.col("order_id").filter(pl.col("units") > 0).n_unique(),
            monetary=(pl.col("units") * pl.col("unit_price")).sum(),
        )
        .filter((pl.col("frequency") > 0) & (pl.col("monetary") > 0))
        .sort("customer_id")
    )


def features(customers: pl.DataFrame) -> np.ndarray:
    """Return the project's two features, in the script's own words.

    Returns
    -------
    ndarray of shape (n, 2)
        How long ago (higher is longer) and how much worth (higher is more), in the order of the
        customers.
    """
    values = np.column_stack(
        [
            np.sqrt(customers["recency"]),
            np.log(customers["frequency"]),
            np.log(customers["monetary"]),
        ]
    )
    z = (values - values.mean(axis=0)) / values.std(axis=0)
    return np.column_stack([z[:, 0], (z[:, 1] + z[:, 2]) / np.sqrt(2)])


def segments(customers: pl.DataFrame) -> tuple[int, np.ndarray]:
    """Return the best k by silhouette and the labels.

    Returns
    -------
    k : int
        From 4 to 8.
    labels : ndarray of int, shape (n,)
        From 0 to k - 1, in no order of value.
    """
    # Stopping after a few steps is on purpose, and scikit-learn warns of it.
    warnings.simplefilter("ignore", ConvergenceWarning)
    points = features(customers)
    best = (-np.inf, 0, np.zeros(0))
    for k in range(4, 9):
        start = KMeans(k, n_init=10, random_state=1).fit(points)
        mixture = GaussianMixture(
            k, means_init=start.cluster_centers_, max_iter=5, tol=0, random_state=1
        )
        labels = mixture.fit_predict(points)
        score = silhouette_score(
            points, labels, metric="sqeuclidean", sample_size=10_000, random_state=1
        )
        best = max(best, (score, k, labels), key=lambda found: found[0])
    return best[1], best[2]


def main() -> None:
    """Do the work and write what the benchmark compares."""
    source, out = sys.argv[1:3]
    lines = read_lines(source)
    customers = measures(without_returns(kept_lines(lines)))
    k, labels = segments(customers)
    Path(out).write_text(
        json.dumps(
            {
                "customers": customers.height,
                "orders": int(customers["frequency"].sum()),
                "monetary": round(float(customers["monetary"].sum()), 2),
                "recency_days": int(customers["recency"].sum()),
                "segments": k,
                "largest_share": float(np.bincount(labels).max() / len(labels)),
            }
        )
    )


if __name__ == "__main__":
    main()
