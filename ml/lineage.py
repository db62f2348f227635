"""Match a run's segments to those of the shop's last run, by customers in common."""

from __future__ import annotations

__all__ = ["lineage_rows", "lineage_sentences"]


def lineage_rows(
    counts: dict[tuple[int, int | None], tuple[int, str | None]],
    personas: list[str],
    previous_run_id: str,
) -> list[dict]:
    """Turn counts of customers in common into rows.

    Parameters
    ----------
    counts : dict
        (segment, previous segment or None for customers who were not there) to (customers,
        previous persona).
    personas : list of str
        Names of this run's segments, in the order of their ids.
    previous_run_id : str
        Kept with each row.

    Returns
    -------
    list of dict
        Rows of ``ml.segment_lineage``, one for each pair that has customers in common:
        share_of_segment (0 to 1) is of all customers of this run's segment. The best match of a
        segment is the previous segment it is most like: customers in common over customers in
        either (Jaccard index), of equals the one with the lowest id.
    """
    sizes: dict[int, int] = {}
    previous_sizes: dict[int, int] = {}
    for (segment, previous), (customers, _) in counts.items():
        sizes[segment] = sizes.get(segment, 0) + customers
        if previous is not None:
            previous_sizes[previous] = previous_sizes.get(previous, 0) + customers

    def likeness(segment: int, previous: int) -> float:
        common = counts[(segment, previous)][0]
        return common / (sizes[segment] + previous_sizes[previous] - common)

    rows = []
    for segment in sorted(sizes):
        matches = sorted(p for s, p in counts if s == segment and p is not None)
        by_likeness = sorted((-likeness(segment, p), p) for p in matches)
        for previous in matches:
            common, persona = counts[(segment, previous)]
            rows.append(
                {
                    "segment_id": segment,
                    "persona": personas[segment - 1],
                    "previous_run_id": previous_run_id,
                    "previous_segment_id": previous,
                    "previous_persona": persona,
                    "shared_customer_count": common,
                    "share_of_segment": common / sizes[segment],
                    "is_best_match": previous == by_likeness[0][1],
                }
            )
    return rows


def lineage_sentences(rows: list[dict], previous_run_id: str | None) -> tuple[list[str], list[str]]:
    """Tell a refit of the same segments from a change of meaning.

    Parameters
    ----------
    rows : list of dict
        As `lineage_rows` gives them; of these the best matches are read.
    previous_run_id : str or None
        The run that is compared with.

    Returns
    -------
    lines, warnings : list of str
        A change of meaning, which is another persona than the best match had, is a warning; the
        rest are lines. Both are empty without rows.
    """
    if not rows:
        return [], []
    best = [row for row in rows if row["is_best_match"]]
    renamed = [row for row in best if row["persona"] != row["previous_persona"]]
    if not renamed:
        return [
            f"All {len(best)} segments mean what they meant in the run before ({previous_run_id})."
        ], []
    return [], [
        f"Segment {row['segment_id']} is now {row['persona']}; most like it in the run before "
        f"({previous_run_id}) was {row['previous_persona']}, with "
        f"{row['share_of_segment']:.0%} of its customers."
        for row in renamed
    ]
