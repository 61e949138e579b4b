"""Requests over HTTP by openai's client; replies through instructor, re-asked where invalid.

Instructor's handlers make the request, read the reply and phrase the re-ask. The loop is ours:
instructor's own loses the usage of failed attempts, and the good items of a reply with a bad one.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import httpx2
import openai
from instructor.v2 import Mode, ModeHandlers, mode_registry
from instructor.v2 import Provider as InstructorProvider
from pydantic import BaseModel
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
)
from tenacity.wait import wait_base

from harness.errors import CellStopped
from harness.providers.addresses import OPENAI, hide, is_openai
from harness.providers.client import client_options, request_options
from harness.providers.completion import attempt_of, without_secrets
from harness.providers.faults import (
    NotACompletion,
    failure_of,
    headers_of,
    is_transient,
    may_be_paid,
    stop_of,
)
from harness.providers.lane import Lane
from harness.providers.prices import Price, cost_of
from harness.providers.rate_headers import retry_after_s
from harness.providers.reading import Reading, checked, parsed, read, reply_from, shortened
from harness.providers.retries import BACKOFF, seconds_to_wait
from harness.records import Attempt, Failure, Reply, Request, ResponseFormat
from harness.settings import ModelSettings, ModelSpec

__all__ = ["Exchange"]

_FAULTS = (openai.OpenAIError, NotACompletion, TimeoutError)


@dataclass(slots=True)
class _Sending:
    """What happens to a request while it is asked.

    Parameters
    ----------
    content
        The body that is sent, as JSON.
    max_tokens
        The most tokens that its answer may have; None where nothing limits it.
    first, last
        When its first attempt was sent, and when its last one ended.
    """

    request: Request
    content: str
    max_tokens: int | None
    attempts: list[Attempt] = field(default_factory=list)
    first: float = 0.0
    last: float = 0.0
    is_reask: bool = False

    def ended(self, attempt: Attempt) -> None:
        """An attempt has ended just now."""
        self.last = time.perf_counter()
        if not self.attempts:
            self.first = self.last - (attempt.latency_s or 0.0)
        self.attempts.append(attempt)

    def call_last(self, outcome: str) -> None:
        """Say what the last attempt came to, once its answer is read."""
        self.attempts[-1] = replace(self.attempts[-1], outcome=outcome)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What the bodies of all requests for the same form have in common.

    Parameters
    ----------
    parameters
        Those of the requests.
    body, extra
        What stands around the messages; `extra` beats whatever stands there already.
    rest
        Both as JSON, from behind the messages to the end.
    is_among_messages
        Whether the schema stands among them, so that instructor has to write them too.
    """

    parameters: Mapping[str, Any]
    handlers: ModeHandlers
    body: Mapping[str, Any]
    extra: Mapping[str, Any]
    rest: str
    is_among_messages: bool


class Exchange:
    """Asks one model.

    Parameters
    ----------
    model, settings
        Which model, and how it is asked.
    lane
        Where its requests wait for their turn.
    base_url
        Where; None is openai's own address.
    api_key
        None for servers without keys.
    backoff
        How long to wait between transport attempts where the server does not say.
    """

    def __init__(
        self,
        model: ModelSpec,
        settings: ModelSettings,
        lane: Lane,
        *,
        base_url: str | None,
        api_key: str | None,
        backoff: wait_base = BACKOFF,
    ) -> None:
        self._model = model
        self._settings = settings
        self._lane = lane
        self._secret = api_key
        self._address = base_url or OPENAI
        # Whole, so that the client need not put it together for each request.
        self._url = f"{self._address.rstrip('/')}/chat/completions"
        self._backoff = backoff
        self._prepared: dict[type[BaseModel], _Prepared] = {}
        self._options: Any = request_options(settings)
        options = client_options(settings, base_url, api_key)
        self._client = openai.AsyncOpenAI(max_retries=0, **options)

    async def ask(self, request: Request) -> Reply:
        """Ask until the reply is valid or the attempts are used up."""
        handlers, body = self.body_of(request)
        rest = self._prepared[request.response.model].rest
        content = f'{{"messages":{_as_json(body["messages"])}{rest}'
        most = body.get("max_tokens") or body.get("max_completion_tokens")
        sending = _Sending(request, content, most if isinstance(most, int) else None)
        last, kept = Reading(), None
        for reask in range(self._settings.max_reasks + 1):
            try:
                completion = await self._send(sending)
            except CellStopped as error:
                if not reask:
                    raise
                # What was said before is paid, and stands in the journal; the next run asks
                # again. The next request finds out the same.
                last = replace(last, failure=Failure("stopped", str(error)), valid=None)
                kept, reask = None, reask - 1
                break
            if isinstance(completion, Failure):
                last = replace(last, failure=completion, valid=None)
                # A re-ask that is too long for the model takes nothing from what it said before;
                # one that got lost on the way is asked again by the next run.
                kept = kept if completion.reason == "rejected" else None
                break
            last = read(handlers, completion, request.response)
            kept = last if last.valid else kept
            if last.failure:
                sending.call_last(last.failure.reason)
            message = self._hide(last.failure.message) if last.failure else ""
            self._lane.listener.attempted(request.unit, sending.attempts[-1], message)
            if last.complaint is None:
                break
            if reask < self._settings.max_reasks:
                sending.is_reask = True
                body = handlers.reask_handler(body, shortened(completion), last.complaint)
                sending.content = _as_json(body)
        elapsed_s = round(sending.last - sending.first, 4)
        reply = reply_from(kept or last, sending.attempts, reask, elapsed_s)
        return without_secrets(reply, self._secret)

    def reply_of(
        self, content: bytes, response: ResponseFormat, mode: str, price: Price | None
    ) -> Reply:
        """The reply in the body of an answer that came another way, and is not asked for again.

        Parameters
        ----------
        mode
            The mode of its request.
        price
            What its tokens cost; None where nobody knows.
        """
        handlers = mode_registry.get_handlers(InstructorProvider.OPENAI, Mode[mode.upper()])
        try:
            completion = checked(parsed(content), self._hide)
        except NotACompletion as error:
            failure = failure_of(error, self._hide)
            return Reply({}, failure, attempts=(Attempt(failure.reason, None),))
        reading = read(handlers, completion, response)
        attempt = attempt_of(completion, None)
        attempt = replace(
            attempt,
            outcome=reading.failure.reason if reading.failure else attempt.outcome,
            cost_usd=cost_of(attempt, price),
        )
        return without_secrets(reply_from(reading, [attempt], 0, None), self._secret)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def body_of(self, request: Request) -> tuple[ModeHandlers, dict[str, Any]]:
        """What is sent for a request, and instructor's handlers of its mode."""
        model = request.response.model
        prepared = self._prepared.get(model)
        if prepared is None or prepared.parameters is not request.parameters:
            prepared = self._prepared[model] = self._prepare(request)
        messages: Any = [dict(message) for message in request.messages]
        if prepared.is_among_messages:
            _, asked = prepared.handlers.request_handler(model, {"messages": messages})
            messages = asked["messages"]
        return prepared.handlers, {**prepared.body, "messages": messages, **prepared.extra}

    def _prepare(self, request: Request) -> _Prepared:
        """Let instructor write the schema: it makes a Pydantic model of it each time."""
        parameters = dict(request.parameters)
        mode = Mode[str(parameters.pop("mode")).upper()]
        handlers = mode_registry.get_handlers(InstructorProvider.OPENAI, mode)
        _, asked = handlers.request_handler(request.response.model, {"messages": []})
        if is_openai(self._address) and "max_tokens" in parameters:
            parameters["max_completion_tokens"] = parameters.pop("max_tokens")
        extra = dict(parameters.pop("extra_body", {}))
        body = {**parameters, "model": self._model.name, **asked}
        for each in (body, extra):
            each.pop("stream", None)
        is_among_messages = bool(asked["messages"])
        others = {name: value for name, value in (body | extra).items() if name != "messages"}
        rest = f",{_as_json(others)[1:]}"
        return _Prepared(request.parameters, handlers, body, extra, rest, is_among_messages)

    async def _send(self, sending: _Sending) -> Any:  # noqa: ANN401
        """Send until the server answers; a completion, or a `Failure`."""
        try:
            return await self._send_once(sending)
        except _FAULTS as error:
            first = error
        try:
            return await self._send_again(first, sending)
        except _FAULTS as error:
            stop = stop_of(error, self._model, self._address, self._hide)
            stop = stop or self._too_long_a_wait(error)
            failure = failure_of(error, self._hide)
        if stop is not None:
            # Not inside the handler above: the error itself may repeat the key.
            raise CellStopped(stop)
        return failure

    async def _send_again(self, first: Exception, sending: _Sending) -> Any:  # noqa: ANN401
        """Retry after a first failure: to watch over every request costs a tenth of its time."""
        left = self._settings.max_seconds - (time.perf_counter() - sending.first)
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._settings.max_attempts)
            | stop_before_delay(max(0.0, left)),
            wait=partial(seconds_to_wait, backoff=self._backoff),
            sleep=partial(self._lane.rest, is_reask=sending.is_reask),
            retry=retry_if_exception(is_transient),
            reraise=True,
        )
        failed = [first]

        async def send() -> Any:  # noqa: ANN401
            if failed:
                raise failed.pop()
            return await self._send_once(sending)

        return await retrying(send)

    async def _send_once(self, sending: _Sending) -> Any:  # noqa: ANN401
        lane, content = self._lane, sending.content
        admission = await lane.admit(len(content), sending.max_tokens, is_reask=sending.is_reask)
        started = time.perf_counter()
        try:
            completion, headers = await self._completion(content.encode("utf-8", "replace"))
        except _FAULTS as error:
            failure = failure_of(error, self._hide)
            attempt = Attempt(failure.reason, round(time.perf_counter() - started, 4))
            lane.failed(admission, failure.reason, failure.message, may_be_paid=may_be_paid(error))
            sending.ended(attempt)
            lane.listener.attempted(sending.request.unit, attempt, failure.message)
            if is_transient(error) and (seconds := retry_after_s(headers_of(error))):
                lane.hold(seconds)
            raise
        else:
            attempt = attempt_of(completion, time.perf_counter() - started)
            if (cost_usd := lane.priced(attempt)) is not None:
                attempt = replace(attempt, cost_usd=cost_usd)
            sending.ended(attempt)
            lane.answered(admission, attempt, headers)
        finally:
            lane.abandoned(admission)
        return completion

    async def _completion(self, content: bytes) -> tuple[Any, Mapping[str, str]]:
        seconds = self._settings.timeout_s
        try:
            # The client's own timeout is for each read: a server that trickles never meets it.
            async with asyncio.timeout(seconds):
                # Not `chat.completions.create`: it takes a third of the time to look for files
                # in a body that is plain JSON, and refuses what only some servers know.
                response = await self._client.post(
                    self._url, content=content, cast_to=httpx2.Response, options=self._options
                )
        except TimeoutError:
            raise TimeoutError(f"no answer within {seconds:g} s") from None
        return checked(parsed(response.content), self._hide), response.headers

    def _too_long_a_wait(self, error: BaseException) -> str | None:
        """Why waiting is no use: the server asks for longer than a request has."""
        seconds = retry_after_s(headers_of(error)) or 0.0
        if seconds <= self._settings.max_seconds:
            return None
        return (
            f"model {self._model.id!r}: the server at {self._address} wants to be left alone for "
            f"{seconds:.0f} s; run again then"
        )

    def _hide(self, text: str) -> str:
        return hide(text, self._secret)


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
