"""An evaluation harness for claim extraction by language models.

>>> import harness
>>> schema = harness.load_schema()
>>> sorted(schema.types)
['actors', 'dates', 'quotes', 'sanctions']

What `__all__` names is the public API; each is documented where it is defined. Nothing is imported
before it is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.claims.fields import Compare as Compare
    from harness.claims.fields import Verbatim as Verbatim
    from harness.claims.schema import load_schema as load_schema
    from harness.corpus import load_articles as load_articles
    from harness.errors import HarnessError as HarnessError
    from harness.evaluate import evaluate as score
    from harness.gold import load_gold as load_gold
    from harness.predictions import load_predictions as load_predictions
    from harness.reports.compare import comparison_table as compare
    from harness.reports.compare import load_result as load_result
    from harness.reports.write import render_reports as report

__all__ = [
    "Compare",
    "HarnessError",
    "Verbatim",
    "compare",
    "load_articles",
    "load_gold",
    "load_predictions",
    "load_result",
    "load_schema",
    "report",
    "score",
]

_DEFINED_IN = {
    "Compare": "harness.claims.fields:Compare",
    "HarnessError": "harness.errors:HarnessError",
    "Verbatim": "harness.claims.fields:Verbatim",
    "compare": "harness.reports.compare:comparison_table",
    "load_articles": "harness.corpus:load_articles",
    "load_gold": "harness.gold:load_gold",
    "load_predictions": "harness.predictions:load_predictions",
    "load_result": "harness.reports.compare:load_result",
    "load_schema": "harness.claims.schema:load_schema",
    "report": "harness.reports.write:render_reports",
    "score": "harness.evaluate:evaluate",
}


def __getattr__(name: str) -> object:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _DEFINED_IN[name].partition(":")
    value: object = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value
