"""No model: quotation marks, a date parser, names and a sanctions lexicon. The floor to beat."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from harness.claims import ClaimSchema
from harness.claims.response import validate
from harness.errors import ConfigurationError
from harness.providers import rules
from harness.providers.interface import Provider
from harness.providers.prices import FREE, Price
from harness.records import Attempt, Reply, Request

__all__ = ["BaselineProvider"]

_NAME = "baseline"
_CLAIM_TYPES = ("actors", "quotes", "dates", "sanctions")


class BaselineProvider(Provider):
    """``rules/baseline``: the same claims whatever the prompt says."""

    @property
    def parameters(self) -> dict[str, Any]:
        """Nothing is sent."""
        return {}

    def _price(self) -> Price | None:
        """Nobody is paid."""
        return FREE

    def check(self, schema: ClaimSchema) -> None:
        """Raise `ConfigurationError` if the rules do not know the claim types."""
        self.check_schema(schema)

    def check_schema(self, schema: ClaimSchema) -> None:
        """Raise `ConfigurationError` if the rules do not know the claim types."""
        if self.model.name != _NAME:
            raise ConfigurationError(
                f"unknown model {self.model.id!r}: of rules there is only rules/{_NAME}"
            )
        unknown = sorted(set(schema.types) - set(_CLAIM_TYPES))
        if unknown:
            raise ConfigurationError(
                f"model {self.model.id!r} has no rules for {', '.join(unknown)}; leave it out"
            )

    def identity(self) -> Mapping[str, str]:
        """The hash of the rules' own modules."""
        return {"rules": _digest()}

    async def ask(self, request: Request) -> Reply:
        """Apply the rules to the article."""
        started = time.perf_counter()
        found = rules.extract(request.article.text, request.article.published)
        asked = {name: found[name] for name in request.response.claim_types}
        valid = validate(asked, request.response)
        return Reply(
            valid.claims,
            invalid_items=valid.invalid_items,
            warnings=valid.warnings,
            raw=json.dumps(asked, ensure_ascii=False),
            attempts=(Attempt("ok", round(time.perf_counter() - started, 4), cost_usd=0.0),),
        )


@cache
def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(rules.__file__).parent.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
