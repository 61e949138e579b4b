"""What tokens cost, by the settings or by the price lists of genai-prices, which are offline.

A model is looked up under its provider only: a server of one's own may call a model by the name
of a dear one. An unknown price is unknown and never nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.records import Attempt
from harness.settings import ModelSpec, PriceSettings

__all__ = ["FREE", "HalfPrice", "ListPrice", "Price", "SetPrice", "cost_of", "list_price"]

_DIGITS = 9
_LISTED_AS: Mapping[str, str] = {
    "azure_openai": "azure",
    "bedrock": "aws",
    "gemini": "google",
    "generative-ai": "google",
    "google": "google",
    "vertexai": "google",
    "xai": "x-ai",
}
"""Instructor's names of providers as the price lists have them, where they differ."""


class Price(Protocol):
    """What a model's tokens cost."""

    def cost_usd(self, n_input: int, n_output: int, n_cached: int = 0) -> float | None:
        """US dollars for tokens of one exchange; `n_cached` of the input were read before."""


@dataclass(frozen=True, slots=True)
class SetPrice:
    """A price that the settings name, in US dollars for a million tokens."""

    said: PriceSettings

    def cost_usd(self, n_input: int, n_output: int, n_cached: int = 0) -> float | None:
        """US dollars for tokens of one exchange."""
        cached = self.said.input if self.said.cached_input is None else self.said.cached_input
        n_cached = min(n_cached, n_input)
        millionths = (
            (n_input - n_cached) * self.said.input + n_cached * cached + n_output * self.said.output
        )
        return round(millionths / 1e6, _DIGITS)


FREE = SetPrice(PriceSettings(input=0, output=0))
"""Of what runs on this machine."""


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A price of the lists, as it is on the day of the exchange."""

    provider: str
    model: str

    def cost_usd(self, n_input: int, n_output: int, n_cached: int = 0) -> float | None:
        """US dollars for tokens of one exchange."""
        from genai_prices import Usage, calc_price  # noqa: PLC0415 - slow to import

        usage = Usage(
            input_tokens=n_input,
            output_tokens=n_output,
            cache_read_tokens=min(n_cached, n_input),
        )
        try:
            found = calc_price(usage, self.model, provider_id=self.provider)
        except (LookupError, ValueError):
            return None
        return round(float(found.total_price), _DIGITS)


@dataclass(frozen=True, slots=True)
class HalfPrice:
    """Half of another price, which is what OpenAI asks for batches."""

    whole: Price

    def cost_usd(self, n_input: int, n_output: int, n_cached: int = 0) -> float | None:
        """US dollars for tokens of one exchange."""
        cost = self.whole.cost_usd(n_input, n_output, n_cached)
        return None if cost is None else round(cost / 2, _DIGITS)


def cost_of(attempt: Attempt, price: Price | None) -> float | None:
    """What an exchange cost; None where price or tokens are unknown."""
    if price is None or attempt.input_tokens is None or attempt.output_tokens is None:
        return None
    return price.cost_usd(attempt.input_tokens, attempt.output_tokens, attempt.cached_tokens or 0)


def list_price(model: ModelSpec) -> Price | None:
    """The price of a model that is asked of its own provider; None where no list has it."""
    price = ListPrice(_LISTED_AS.get(model.provider, model.provider), model.name)
    return None if price.cost_usd(1, 1) is None else price
