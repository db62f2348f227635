"""A chart is drawn once for the same arguments, and checked the first time."""

from functools import partial

import altair as alt
import pandas as pd
import pytest
from altair.utils.schemapi import SchemaValidationError

from dashboard.cached import Drawn, drawn
from dashboard.theme import look

LIGHT, DARK = look("light"), look("dark")


def bars(frame: pd.DataFrame, colour: str) -> alt.Chart:
    return alt.Chart(frame).mark_bar(color=colour).encode(x="x:Q", y=alt.Y("y:Q"))


def frame(*values: int) -> pd.DataFrame:
    return pd.DataFrame({"x": values, "y": values})


def test_the_same_arguments_are_drawn_once():
    first = drawn(partial(bars, frame(1, 2), "red"), LIGHT)
    assert drawn(partial(bars, frame(1, 2), "red"), LIGHT) is first


@pytest.mark.parametrize(
    ("chart", "chosen"),
    [
        (partial(bars, frame(1, 3), "red"), LIGHT),
        (partial(bars, frame(1, 2), "blue"), LIGHT),
        (partial(bars, frame(1, 2), colour="red"), LIGHT),
        (partial(bars, frame(1, 2), "red"), DARK),
    ],
)
def test_other_arguments_are_drawn_anew(chart, chosen):
    first = drawn(partial(bars, frame(1, 2), "red"), LIGHT)
    assert drawn(chart, chosen) is not first


def test_the_second_time_says_the_same():
    chart = Drawn(bars(frame(1, 2), "red"))
    assert chart.to_dict() == chart.to_dict()


def test_what_is_no_chart_is_told():
    wrong = bars(frame(1), "red")
    wrong.encoding.x.scale = {"type": "no such scale"}
    for _ in range(2):
        with pytest.raises(SchemaValidationError):
            Drawn(wrong).to_dict()
