"""``run.json``: what a run was made of."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from harness.reports.json_text import json_text

__all__ = ["run_json"]

_RECORDED = ("openai", "instructor", "pydantic", "xllamacpp")


def run_json(facts: Mapping[str, Any]) -> str:
    """The facts of a run as JSON, with the versions of the packages that shaped it."""
    packages = {"claim-harness": _version("claim-harness")}
    packages |= {name: found for name in _RECORDED if (found := _version(name))}
    return json_text({**facts, "packages": packages})


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
