"""Requests over HTTP by openai's client; replies through instructor, re-asked where invalid.

Instructor's handlers make the request, read the reply and phrase the re-ask. The loop is ours:
instructor's own loses the usage of failed attempts, and the good items of a reply with a bad one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import openai
from instructor.core.exceptions import IncompleteOutputException, InstructorError
from instructor.v2 import Mode, ModeHandlers, mode_registry
from instructor.v2 import Provider as InstructorProvider
from pydantic import ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_random_exponential

from harness.claims.response import InvalidReply, ValidReply, validate
from harness.errors import CellStopped
from harness.providers.faults import (
    NotACompletion,
    failure_of,
    is_transient,
    retry_after_s,
    stop_of,
)
from harness.records import Attempt, Failure, FailureReason, Reply, Request
from harness.settings import ModelSettings, ModelSpec

__all__ = ["Exchange"]

_BACKOFF = wait_random_exponential(multiplier=0.5, max=30)
_LONGEST_WAIT_S = 120.0
_FAULTS = (openai.OpenAIError, json.JSONDecodeError, NotACompletion)
_STOPPED_BY: Mapping[str, FailureReason] = {
    "length": "truncated",
    "content_filter": "content_filter",
}


@dataclass(frozen=True, slots=True)
class _Reading:
    """What instructor made of a completion: claims, or a failure and what to tell the model."""

    valid: ValidReply | None = None
    failure: Failure | None = None
    error: Exception | None = None


class Exchange:
    """Asks one model.

    Parameters
    ----------
    model, settings
        Which model, and how it is asked.
    base_url
        Where; None is openai's own address.
    api_key
        None for servers without keys.
    """

    def __init__(
        self,
        model: ModelSpec,
        settings: ModelSettings,
        *,
        base_url: str | None,
        api_key: str | None,
    ) -> None:
        self._model = model
        self._settings = settings
        self._secret = api_key
        self._client = openai.AsyncOpenAI(
            api_key=api_key or "none",
            # An explicit address: openai would take one from the environment otherwise.
            base_url=base_url or "https://api.openai.com/v1",
            max_retries=0,
            timeout=settings.timeout_s,
            http_client=openai.DefaultAioHttpClient(timeout=settings.timeout_s),
        )

    async def ask(self, request: Request) -> Reply:
        """Ask until the reply is valid or the attempts are used up."""
        handlers, kwargs = self._prepare(request)
        attempts: list[Attempt] = []
        kept: ValidReply | None = None
        for reask in range(self._settings.max_reasks + 1):
            completion = await self._send(kwargs, attempts)
            if isinstance(completion, Failure):
                return _reply(None, completion, attempts, reask)
            reading = _read(handlers, completion, request)
            if reading.failure is None or reading.error is None:
                break
            attempts[-1] = replace(attempts[-1], outcome=reading.failure.reason)
            kept = _valid_items(completion, request) or kept
            if reask < self._settings.max_reasks:
                kwargs = handlers.reask_handler(kwargs, completion, reading.error)
        if reading.failure:
            attempts[-1] = replace(attempts[-1], outcome=reading.failure.reason)
        return _reply(reading.valid or kept, reading.failure, attempts, reask, completion)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _prepare(self, request: Request) -> tuple[ModeHandlers, dict[str, Any]]:
        parameters = dict(request.parameters)
        mode = Mode[str(parameters.pop("mode")).upper()]
        handlers = mode_registry.get_handlers(InstructorProvider.OPENAI, mode)
        _, kwargs = handlers.request_handler(
            request.response.model,
            {"messages": [dict(message) for message in request.messages]},
        )
        return handlers, {"model": self._model.name, **kwargs, **parameters}

    async def _send(self, kwargs: Mapping[str, Any], attempts: list[Attempt]) -> Any:  # noqa: ANN401
        """Send until the server answers; a completion, or a `Failure`."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._settings.max_attempts),
            wait=_wait,
            retry=retry_if_exception(is_transient),
            reraise=True,
        )
        try:
            return await retrying(self._send_once, kwargs, attempts)
        except _FAULTS as error:
            stop = stop_of(error, self._model, str(self._client.base_url))
            if stop is not None:
                raise CellStopped(self._redact(stop)) from None
            failure = failure_of(error)
            return Failure(failure.reason, self._redact(failure.message))

    async def _send_once(self, kwargs: Mapping[str, Any], attempts: list[Attempt]) -> Any:  # noqa: ANN401
        started = time.perf_counter()
        try:
            completion = await self._client.chat.completions.create(**kwargs)
            if not getattr(completion, "choices", None):
                raise NotACompletion("the server's answer is no chat completion")
        except _FAULTS as error:
            attempts.append(
                Attempt(failure_of(error).reason, round(time.perf_counter() - started, 4))
            )
            raise
        attempts.append(_attempt(completion, time.perf_counter() - started))
        return completion

    def _redact(self, text: str) -> str:
        return text.replace(self._secret, "***") if self._secret else text


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked_for = retry_after_s(error)
    return _BACKOFF(state) if asked_for is None else min(asked_for, _LONGEST_WAIT_S)


def _read(handlers: ModeHandlers, completion: Any, request: Request) -> _Reading:  # noqa: ANN401
    choice = completion.choices[0]
    if refusal := getattr(choice.message, "refusal", None):
        return _Reading(failure=Failure("refused", str(refusal)))
    if (reason := _STOPPED_BY.get(choice.finish_reason or "")) is not None:
        return _Reading(failure=Failure(reason, f"finish_reason is {choice.finish_reason!r}"))
    if not _raw_text(completion).strip():
        message = "the reply is empty"
        return _Reading(failure=Failure("empty", message), error=ValueError(message))
    try:
        parsed = handlers.response_parser(
            response=completion,
            response_model=request.response.model,
            validation_context=None,
            strict=None,
            stream=False,
            is_async=False,
        )
        return _Reading(validate(parsed.model_dump(mode="json"), request.response))
    except IncompleteOutputException as error:
        return _Reading(failure=Failure("truncated", str(error)))
    except (ValidationError, json.JSONDecodeError, InstructorError) as error:
        return _Reading(failure=Failure("invalid", _summary(error)), error=error)


def _valid_items(completion: Any, request: Request) -> ValidReply | None:  # noqa: ANN401
    """The valid items of a reply that has bad ones too; None where its form is wrong as a whole."""
    text = _raw_text(completion)
    try:
        return validate(json.loads(text[text.index("{") : text.rindex("}") + 1]), request.response)
    except (ValueError, InvalidReply, RecursionError):
        return None


def _reply(
    valid: ValidReply | None,
    failure: Failure | None,
    attempts: list[Attempt],
    reasks: int,
    completion: Any = None,  # noqa: ANN401
) -> Reply:
    return Reply(
        claims=valid.claims if valid else {},
        failure=None if valid else failure,
        invalid_items=valid.invalid_items if valid else (),
        warnings=valid.warnings if valid else (),
        raw=_raw_text(completion) if completion else "",
        finish_reason=completion.choices[0].finish_reason if completion else None,
        attempts=tuple(attempts),
        reasks=reasks,
    )


def _raw_text(completion: Any) -> str:  # noqa: ANN401
    """What the model wrote: the arguments of its tool call, else its text."""
    message = completion.choices[0].message
    for call in message.tool_calls or ():
        arguments = getattr(getattr(call, "function", None), "arguments", None)
        if arguments:
            return arguments if isinstance(arguments, str) else json.dumps(arguments)
    return str(message.content or "")


def _attempt(completion: Any, latency_s: float) -> Attempt:  # noqa: ANN401
    usage = getattr(completion, "usage", None)
    details = getattr(usage, "prompt_tokens_details", None)
    return Attempt(
        "ok",
        round(latency_s, 4),
        input_tokens=getattr(usage, "prompt_tokens", None),
        output_tokens=getattr(usage, "completion_tokens", None),
        cached_tokens=getattr(details, "cached_tokens", None),
    )


def _summary(error: Exception, limit: int = 300) -> str:
    if isinstance(error, ValidationError):
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        text = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems)
    else:
        text = " ".join(str(error).split())
    return text if len(text) <= limit else f"{text[:limit]}…"
