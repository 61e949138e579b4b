"""How sure a score is: resampling units, bootstrap intervals, randomization tests, Holm.

Works on arrays of counts alone; knows nothing of articles' texts, cells or reports.
"""

from __future__ import annotations

from harness.scoring.stats.bootstrap import (
    Interval,
    bootstrap_sums,
    percentile_interval,
    smallest_detectable_difference,
    standard_error,
)
from harness.scoring.stats.multiple import holm
from harness.scoring.stats.randomization import (
    RandomizationResult,
    randomization_test,
    smallest_p,
)
from harness.scoring.stats.scores import score_array
from harness.scoring.stats.units import MIN_STORIES, ResamplingUnits, resampling_units, sum_by_unit

__all__ = [
    "MIN_STORIES",
    "Interval",
    "RandomizationResult",
    "ResamplingUnits",
    "bootstrap_sums",
    "holm",
    "percentile_interval",
    "randomization_test",
    "resampling_units",
    "score_array",
    "smallest_detectable_difference",
    "smallest_p",
    "standard_error",
    "sum_by_unit",
]
