"""Land campaigns that were sent: who was written to, who was held out, and when."""

import hashlib
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from pipeline.core.errors import InputError
from pipeline.land.campaign_lists import Campaign
from pipeline.land.files import shown
from pipeline.privacy.blanking import without_ids
from pipeline.privacy.forgotten import ForgottenList
from pipeline.privacy.pseudonyms import Pseudonyms
from pipeline.store.partitions import partition_folder
from pipeline.store.staged import stored_schema, write_batches_staged
from pipeline.store.tables import drop_partition, full_name, partition_values, place_partition

__all__ = ["LandedCampaign", "add_campaign", "landed_campaigns", "remove_campaign"]

TABLE = "raw.campaign_customers"


@dataclass(frozen=True)
class LandedCampaign:
    """A campaign as it landed.

    Attributes
    ----------
    name : str
    sent_on : date
    window_days : int or None
        Days that count; None for the var ``campaign_window_days``.
    row_count : int
        Records of its files.
    is_new : bool
        False where the same campaign had landed before.
    """

    name: str
    sent_on: date
    window_days: int | None
    row_count: int
    is_new: bool = False


def add_campaign(
    spark: SparkSession, campaign: Campaign, pseudonyms: Pseudonyms | None = None
) -> LandedCampaign:
    """Land a campaign's lists as one partition, whole or not at all.

    Parameters
    ----------
    spark : SparkSession
        The session whose catalogue is updated.
    campaign : Campaign
    pseudonyms : Pseudonyms, optional
        Where the files are of a pseudonymous export: what its ids were made by.

    Returns
    -------
    LandedCampaign
        The one that is there, with ``is_new`` false, where the same had landed before.

    Raises
    ------
    InputError
        If another campaign has the name, or pseudonyms can't be told; nothing has been changed
        then.
    """
    name, value = campaign.name, _partition(campaign.name)
    for known in landed_campaigns():
        if _partition(known.name) != value:
            continue
        if _value(value, "files_checksum") == campaign.checksum:
            return known
        raise InputError(
            f"{shown(name)}: another campaign has this name, sent on {known.sent_on}; take it away "
            f"first (python -m pipeline campaign remove {shown(known.name)!r}), or choose another"
        )
    rows = campaign.records
    if pseudonyms:
        known_ids = _customers(spark, pseudonyms)
        rows = [
            {**row, "customer_id": known_ids.get(row["customer_id"], row["customer_id"])}
            for row in rows
        ]
    settings = {
        "campaign_name": name,
        "sent_on": campaign.sent_on,
        "window_days": campaign.window_days,
        "files_checksum": campaign.checksum,
    }
    table = pa.Table.from_pylist(
        [{**settings, "is_forgotten": False, **row} for row in rows], schema=stored_schema(TABLE)
    )
    table, _ = without_ids(table, ForgottenList.load())
    write_batches_staged(TABLE, value, [table])
    place_partition(spark, TABLE, value)
    return LandedCampaign(name, campaign.sent_on, campaign.window_days, len(rows), is_new=True)


def remove_campaign(spark: SparkSession, name: str) -> None:
    """Take a campaign away.

    Raises
    ------
    InputError
        If no campaign has the name.
    """
    value = _partition(name)
    if value not in partition_values(spark, TABLE):
        known = ", ".join(shown(each.name) for each in landed_campaigns()) or "none"
        raise InputError(f"{shown(name, 120)}: no campaign has this name; there are: {known}")
    drop_partition(spark, TABLE, value)


def landed_campaigns() -> list[LandedCampaign]:
    """Return the campaigns that have landed.

    Returns
    -------
    list of LandedCampaign
        By the day they were sent, those of a day by name.
    """
    folder = partition_folder(TABLE, "x").parent
    found = []
    for path in folder.glob("[!.]*/*.parquet"):
        file = pq.ParquetFile(path)
        columns = ["campaign_name", "sent_on", "window_days"]
        (first,) = next(file.iter_batches(1, columns=columns)).to_pylist()
        name, sent_on, days = (first[column] for column in columns)
        found.append(LandedCampaign(name, sent_on, days, file.metadata.num_rows))
    return sorted(found, key=lambda each: (each.sent_on, each.name))


def _partition(name: str) -> str:
    """Return a campaign's id; capital letters do not tell one name from another."""
    return hashlib.sha256(name.strip().casefold().encode()).hexdigest()[:16]


def _value(partition: str, column: str) -> str:
    (path,) = partition_folder(TABLE, partition).glob("*.parquet")
    return pq.read_table(path, columns=[column], partitioning=None)[column][0].as_py()


def _customers(spark: SparkSession, pseudonyms: Pseudonyms) -> dict[str, str]:
    """Return each known customer by pseudonym."""
    customers = full_name("mart.dim_customers")
    if not spark.catalog.tableExists(customers):
        raise InputError(
            f"table {customers} is missing, by which pseudonyms are told; type `make run` first"
        )
    ids = spark.table(customers).select("customer_id").toArrow()["customer_id"].to_pylist()
    return {pseudonyms.of(each): each for each in ids}
