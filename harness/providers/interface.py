"""What a provider is: a request in, a reply out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from harness.claims import ClaimSchema
from harness.providers.lane import Lane
from harness.providers.prices import Price, SetPrice, list_price
from harness.records import Bounds, Reply, Request
from harness.settings import ModelSettings, ModelSpec

__all__ = ["Provider"]


class Provider(ABC):
    """Gets replies from one model.

    Making one is cheap: nothing is imported, started or sent before the first `ask`.

    Parameters
    ----------
    model
        What the model id stands for. What its settings leave open is filled from `DEFAULTS`.

    Attributes
    ----------
    lane
        Where its requests wait for their turn.
    """

    DEFAULTS: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, model: ModelSpec) -> None:
        self.model = model
        said = model.settings.model_dump(exclude_unset=True)
        self.settings = ModelSettings(**{**self.DEFAULTS, **said})
        self.lane = Lane(model.id, self.settings, self._price)

    def _price(self) -> Price | None:
        """What tokens cost, by the settings or by the lists."""
        said = self.settings.price
        return SetPrice(said) if said else list_price(self.model)

    @property
    def bounds(self) -> Bounds:
        """The bounds in the schema that is sent."""
        return Bounds(self.settings.max_items, self.settings.max_chars)

    @property
    def parameters(self) -> dict[str, Any]:
        """What is sent besides messages and schema: only what is set."""
        names = ("mode", "temperature", "top_p", "seed", "max_tokens", "extra_body")
        values = {name: getattr(self.settings, name) for name in names}
        return {name: value for name, value in values.items() if value not in (None, {})}

    @abstractmethod
    def check(self, schema: ClaimSchema) -> None:
        """Raise `ConfigurationError` if the model cannot be asked here. Sends nothing."""

    def check_schema(self, schema: ClaimSchema) -> None:  # noqa: B027 - most models take any
        """Raise `ConfigurationError` if the model could never return such claims, anywhere."""

    def identity(self) -> Mapping[str, str]:
        """What the reply depends on besides the request, e.g. the hash of a weights file."""
        return {}

    @abstractmethod
    async def ask(self, request: Request) -> Reply:
        """Ask and wait for the reply.

        A request that fails alone comes back as a `Reply` with a failure.

        Raises
        ------
        CellStopped
            If asking anything else of this model cannot succeed either.
        """

    async def close(self) -> None:  # noqa: B027 - most have nothing to release
        """Release what asking has opened."""
