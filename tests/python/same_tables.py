"""Compare what two runs wrote, table by table, without Spark."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

# Differ between two runs that found the same.
_OF_THE_RUN = {"run_id", "previous_run_id", "created_at", "model_json", "warnings_json"}
_OF_THE_MODEL = (
    "scaling",
    "mixture",
    "pace",
    "component_ids",
    "personas",
    "thresholds",
    "population",
    "drift_reference",
    "outlook",
)


def built(state: Path, schema: str = "analytics") -> dict[str, pd.DataFrame]:
    """Return the tables that dbt built; the lineage tells of the run before and is left out."""
    folder = state / "warehouse" / f"{schema}.db"
    return {
        path.name: _read(path)
        for path in sorted(folder.iterdir())
        if path.name != "fct_segment_lineage"
    }


def written(state: Path, run_id: str | None = None) -> dict[str, pd.DataFrame]:
    """Return the ml tables of a run, of the latest if it is not named."""
    run_id = run_id or run_ids(state)[-1]
    return {
        path.parent.name: _read(path)
        for path in sorted((state / "ml").glob(f"*/run_id={run_id}"))
        if path.parent.name != "segment_lineage"
    }


def run_ids(state: Path) -> list[str]:
    """Return the finished ml runs, oldest first."""
    found = (state / "ml" / "model_runs").glob("run_id=*")
    return sorted(path.name.removeprefix("run_id=") for path in found)


def segments(state: Path, run_id: str | None = None) -> dict[str, tuple[int, str]]:
    """Return each customer's segment."""
    frame = written(state, run_id)["customer_segments"]
    return dict(
        zip(frame.customer_id, zip(frame.segment_id, frame.persona, strict=True), strict=True)
    )


def assert_same(expected: dict[str, pd.DataFrame], found: dict[str, pd.DataFrame]) -> None:
    """Assert that tables hold the same rows: all exact, floating point numbers to 1e-9."""
    assert expected.keys() == found.keys()
    assert any(len(frame) for frame in expected.values())
    for name, frame in expected.items():
        _assert_same_rows(name, frame, found[name])


def _read(folder: Path) -> pd.DataFrame:
    files = sorted(folder.glob("*.parquet"))
    if not files:
        # Sail writes no file where there are no rows, and leaves the columns here.
        told = json.loads((folder / "_SUCCESS").read_text())
        names = [field["name"] for field in told["fields"]]
        return pd.DataFrame(columns=[name for name in names if name not in _OF_THE_RUN])
    tables = [pq.read_table(path, partitioning=None) for path in files]
    frame = pd.concat([table.to_pandas() for table in tables], ignore_index=True)
    if "model_json" in frame:
        models = [json.loads(text) for text in frame.model_json]
        for key in _OF_THE_MODEL:
            frame[f"model {key}"] = [_flat(model[key]) for model in models]
    return frame.drop(columns=_OF_THE_RUN & set(frame.columns))


def _flat(value: object) -> list:
    """Return what a model holds as one list, numbers as numbers."""
    if isinstance(value, dict):
        return [item for key in sorted(value) for item in (key, *_flat(value[key]))]
    if isinstance(value, list):
        return [item for one in value for item in _flat(one)]
    return [value]


def _assert_same_rows(name: str, expected: pd.DataFrame, found: pd.DataFrame) -> None:
    assert list(expected.columns) == list(found.columns), name
    assert len(expected) == len(found), f"{name}: {len(expected)} and {len(found)} rows"
    one, other = _ordered(expected), _ordered(found)
    for (exact, numbers), (other_exact, other_numbers) in zip(one, other, strict=True):
        assert exact == other_exact, name
        assert np.allclose(numbers, other_numbers, rtol=1e-9, atol=1e-9, equal_nan=True), (
            f"{name}: {exact}: {numbers} and {other_numbers}"
        )


def _ordered(frame: pd.DataFrame) -> list[tuple[tuple[str, ...], list[float]]]:
    """Split rows into what is compared exactly and floating point numbers, in one order."""
    rows = []
    for values in frame.itertuples(index=False, name=None):
        exact, numbers = [], []
        for value in values:
            for item in value if isinstance(value, list | np.ndarray) else (value,):
                if isinstance(item, float | np.floating):
                    numbers.append(float(item))
                else:
                    exact.append(repr(item))
        rows.append((tuple(exact), numbers))
    return sorted(rows, key=lambda row: (row[0], [f"{number:.6g}" for number in row[1]]))
