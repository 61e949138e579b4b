"""Claim types: their fields, how each is compared, and what prompts say about them.

Adding one to those that ship is one file here and one line in `harness.claims.news`.
"""

from __future__ import annotations

from harness.claims.fields import Compare, Verbatim
from harness.claims.schema import (
    DEFAULT_SCHEMA,
    ClaimField,
    ClaimSchema,
    ClaimType,
    load_schema,
)

__all__ = [
    "DEFAULT_SCHEMA",
    "ClaimField",
    "ClaimSchema",
    "ClaimType",
    "Compare",
    "Verbatim",
    "load_schema",
]
