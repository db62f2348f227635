"""Landing: files of any described layout become rows of ``raw.order_lines``."""

from pipeline.land.landed import landed
from pipeline.land.landing import LandedFile, LandingReport, check_input, land

__all__ = ["LandedFile", "LandingReport", "check_input", "land", "landed"]
