"""OpenAI's Batch API by openai's client: files go up and come down, batches are made and found.

What can be asked twice without harm is tried again by the client. Making a batch cannot: whoever
loses the answer looks the batch up by its input file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, Any, Final

import httpx2
import openai
from openai.types import Batch

from harness.errors import BatchLost, ProviderError
from harness.providers.addresses import OPENAI, hide
from harness.providers.batch_input import ENDPOINT
from harness.providers.client import client_options
from harness.providers.faults import failure_of, is_transient
from harness.providers.hosted import HostedProvider

__all__ = ["BatchService", "BatchState", "Unsure"]

_WINDOW: Final = "24h"
_NAME = "harness_batch"
"""The metadata that holds the name which a batch was given here."""
_LEAST_TIMEOUT_S = 600.0
"""For files, which are large."""
_CLOCKS_DIFFER_S = 24 * 3600
_MAX_RETRIES = 4
_PAGE = 100
_ENDED = frozenset({"completed", "failed", "expired", "cancelled"})


class Unsure(ProviderError):  # noqa: N818 - says what is known of a batch
    """Whether the server has done what it was asked is not known; a later look may tell."""


@dataclass(frozen=True, slots=True)
class BatchState:
    """What a server says of a batch.

    Parameters
    ----------
    status
        In OpenAI's words.
    n_requests, n_completed, n_failed
        As far as the server has counted.
    file_ids
        The error file and the output file, as far as there are any, in the order to read them in.
    errors
        Why the batch was refused, a sentence each.
    """

    id: str
    status: str
    n_requests: int
    n_completed: int
    n_failed: int
    file_ids: tuple[str, ...]
    errors: tuple[str, ...]

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it.

        One that is said to be completed before its files are there goes on: they are paid.
        """
        n_ended = self.n_completed + self.n_failed
        has_no_files_yet = self.status == "completed" and n_ended > 0 and not self.file_ids
        return self.status in _ENDED and not has_no_files_yet


class BatchService:
    """The batches of one model's account. Used within one event loop.

    Parameters
    ----------
    provider
        Of the model.
    """

    def __init__(self, provider: HostedProvider) -> None:
        self._model = provider.model
        self._address = provider.base_url or OPENAI
        self._secret = provider.api_key
        options = client_options(provider.settings, provider.base_url, provider.api_key)
        self._once = openai.AsyncOpenAI(max_retries=0, **options)
        self._client = self._once.with_options(max_retries=_MAX_RETRIES)
        timeout_s = max(_LEAST_TIMEOUT_S, provider.settings.timeout_s)
        self._for_files = self._client.with_options(timeout=timeout_s)

    async def upload(self, name: str, content: IO[bytes]) -> str:
        """Send an input file; its id there."""
        async with self._faults("the input of a batch cannot be sent"):
            made = await self._for_files.files.create(
                file=(f"{name}.jsonl", content.read()), purpose="batch"
            )
        return made.id

    async def create(self, name: str, input_file_id: str) -> BatchState:
        """Make a batch of an input file.

        Raises
        ------
        Unsure
            If the answer was lost: there may be a batch or not.
        """
        async with self._faults("no batch can be made"):
            made = await self._once.batches.create(
                input_file_id=input_file_id,
                endpoint=ENDPOINT,
                completion_window=_WINDOW,
                metadata={_NAME: name},
            )
        return self._state(made)

    async def find(self, name: str, input_file_id: str, made_s: float) -> BatchState | None:
        """Look for a batch whose id is not known; None where there is none.

        Parameters
        ----------
        made_s
            When its input was written, in seconds since 1970. Older batches are not gone through.
        """
        async with self._faults("batches cannot be listed"):
            async for each in self._client.batches.list(limit=_PAGE):
                metadata = each.metadata or {}
                if each.input_file_id == input_file_id or metadata.get(_NAME) == name:
                    return self._state(each)
                if (each.created_at or made_s) < made_s - _CLOCKS_DIFFER_S:
                    return None
        return None

    async def retrieve(self, batch_id: str) -> BatchState:
        """How far a batch is.

        Raises
        ------
        BatchLost
            If the server does not know it.
        """
        async with self._faults(f"batch {batch_id} cannot be looked at", BatchLost):
            return self._state(await self._client.batches.retrieve(batch_id))

    async def download(self, file_id: str, to: IO[bytes]) -> None:
        """Fetch an output or error file as it is.

        Raises
        ------
        BatchLost
            If the server does not have it any more.
        """
        async with (
            self._faults(f"file {file_id} cannot be fetched", BatchLost),
            self._for_files.files.with_streaming_response.content(file_id) as response,
        ):
            async for part in response.iter_bytes():
                to.write(part)

    async def delete(self, file_id: str) -> None:
        """Take an input file away that no batch was made of."""
        async with self._faults(f"file {file_id} cannot be deleted"):
            await self._client.files.delete(file_id)

    async def close(self) -> None:
        """Close the connections."""
        await self._once.close()

    def _state(self, batch: Batch) -> BatchState:
        # Servers of other makes leave out what OpenAI always says.
        counts = batch.request_counts
        said = getattr(batch.errors, "data", None)
        return BatchState(
            id=batch.id,
            status=str(batch.status),
            n_requests=(counts and counts.total) or 0,
            n_completed=(counts and counts.completed) or 0,
            n_failed=(counts and counts.failed) or 0,
            file_ids=tuple(each for each in (batch.error_file_id, batch.output_file_id) if each),
            errors=tuple(self._sentence(each) for each in said or ()),
        )

    def _sentence(self, error: Any) -> str:  # noqa: ANN401 - openai's, or what another server sends
        line = getattr(error, "line", None)
        code, message = getattr(error, "code", None), getattr(error, "message", None)
        said = ": ".join(str(part) for part in (code, message) if part) or str(error)
        return hide(f"line {line}: {said}" if line is not None else said, self._secret)

    @asynccontextmanager
    async def _faults(
        self, what: str, kind: type[ProviderError] = ProviderError
    ) -> AsyncIterator[None]:
        """Errors of openai's client as ours, without the key.

        Parameters
        ----------
        kind
            What it is where the server does not know what it is asked for.
        """
        try:
            yield
        except (openai.OpenAIError, httpx2.HTTPError, TimeoutError) as error:
            failure = failure_of(error, lambda text: hide(text, self._secret))
            if is_transient(error) or isinstance(error, httpx2.HTTPError):
                kind = Unsure
            elif not isinstance(error, openai.NotFoundError):
                kind = ProviderError
        else:
            return
        # Not inside the handler above: the error itself may repeat the key.
        raise kind(f"model {self._model.id!r}: {what} at {self._address} ({failure.message})")
