"""Which runs are about the same shop, and so can be compared."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from pyspark.sql import Row, SparkSession

from pipeline.core.amounts import UNKNOWN, Amounts
from pipeline.store.tables import full_name

__all__ = ["ShopSource", "landed_source", "last_run_of"]


@dataclass(frozen=True)
class ShopSource:
    """What a run was made from.

    Parameters
    ----------
    name : str
        Name of the source config that read the files.
    files : tuple of str
        Files that landed, sorted.
    unit : str
        What its amounts are counted in, as in `pipeline.core.amounts.Amounts`.
    """

    name: str = ""
    files: tuple[str, ...] = ()
    unit: str = UNKNOWN

    @property
    def amounts(self) -> Amounts:
        """What the amounts of the source are."""
        return Amounts(self.unit)

    def is_same_shop(self, other: "ShopSource") -> bool:
        """Say whether both are the same kind of source and share a file.

        A shop's next run often has one file more, so that not all of them need be the same; nor
        need their contents, since a file may have grown.
        """
        return self.name == other.name and not set(self.files).isdisjoint(other.files)

    def __str__(self) -> str:
        """Return the name and the files, the first few of many."""
        more = f" and {len(self.files) - 3} more" if len(self.files) > 3 else ""
        return f"{self.name or 'unknown'}: {', '.join(self.files[:3]) or 'no files'}{more}"

    def to_json(self) -> str:
        """Return the source as JSON, for ``ml.model_runs``."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | None) -> "ShopSource":
        """Read what `to_json` wrote; without a text, a source that is the same as no other."""
        if not text:
            return cls()
        values = json.loads(text)
        return cls(values["name"], tuple(values["files"]), values["unit"])


def landed_source(loads: Iterable[Row]) -> ShopSource:
    """Return the source of the rows of ``raw.loads``.

    Returns
    -------
    ShopSource
        Files sorted; names of several configs are joined by commas, and the first row's currency is
        the unit.
    """
    rows = list(loads)
    return ShopSource(
        name=", ".join(sorted({row.source_name or "" for row in rows})),
        files=tuple(sorted({row.source_file for row in rows})),
        # One landing read all of them, by one source config.
        unit=(rows[0].currency if rows else None) or UNKNOWN,
    )


def last_run_of(spark: SparkSession, source: ShopSource) -> str | None:
    """Return the latest finished ml run about the same shop, None where there is none."""
    runs = spark.table(full_name("ml.model_runs")).select("run_id", "source_json").collect()
    same = [
        row.run_id for row in runs if source.is_same_shop(ShopSource.from_json(row.source_json))
    ]
    return max(same, default=None)
