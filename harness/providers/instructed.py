"""Every other provider and mode that instructor knows: asked through its own client and loop.

Needs the provider's SDK to be installed. What is tried again is decided here, not by the SDK.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import os
import time
import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.claims import ClaimSchema
from harness.claims.response import ValidReply, validate
from harness.errors import CellStopped, ConfigurationError
from harness.providers.addresses import check_address, check_key, hide
from harness.providers.completion import (
    attempt_of,
    ended_by,
    finish_reason_of,
    problem_of,
    read_claims,
    text_of,
    without_secrets,
)
from harness.providers.faults import failure_of, is_transient, stop_of
from harness.providers.interface import Provider
from harness.providers.lane import Admission, Lane
from harness.records import UNANSWERED, Attempt, Failure, Reply, Request
from harness.settings import ModelSettings, ModelSpec

if TYPE_CHECKING:
    from tenacity import AsyncRetrying

__all__ = ["InstructedExchange", "InstructedProvider", "open_client"]

_ONE_REPLY_A_CALL = frozenset(
    {"PARALLEL_TOOLS", "ANTHROPIC_PARALLEL_TOOLS", "VERTEXAI_PARALLEL_TOOLS"}
)
_SECRET_NAMES = ("KEY", "TOKEN", "SECRET", "PASSWORD")

# Without a handler of its own, Python prints what instructor logs; all of it is in the reply.
logging.getLogger("instructor").addHandler(logging.NullHandler())


def open_client(model: ModelSpec, provider: str, mode: str | None, **options: Any) -> Any:  # noqa: ANN401
    """Make instructor's client; `options` go to the provider's SDK.

    Raises
    ------
    ConfigurationError
        If the provider or the mode is unknown, its SDK is not installed or its key is missing.
    """
    import instructor  # noqa: PLC0415 - slow to import
    from instructor.v2 import Mode  # noqa: PLC0415

    name = mode.upper() if mode else None
    if name in _ONE_REPLY_A_CALL or (name is not None and name not in Mode.__members__):
        modes = sorted(each.lower() for each in Mode.__members__ if each not in _ONE_REPLY_A_CALL)
        raise ConfigurationError(
            f"model {model.id!r}: there is no mode {mode!r} here; there are tools, json_schema, "
            f"json and md_json, and for some providers others of {', '.join(modes)}"
        )
    try:
        with warnings.catch_warnings():
            # Instructor warns of modes that have got another name, and takes them.
            warnings.simplefilter("ignore", DeprecationWarning)
            return instructor.from_provider(
                f"{provider}/{model.name}",
                async_client=True,
                mode=Mode[name] if name else None,
                **options,
            )
    # Each SDK has errors of its own; all of them mean that there is no client.
    except Exception as error:  # noqa: BLE001
        problem = problem_of(error, 1000)
    raise ConfigurationError(f"model {model.id!r} cannot be asked: {hide(problem, *_secrets())}")


@dataclass(slots=True)
class _Watch:
    """Hears from instructor's hooks what its loop does."""

    attempts: list[Attempt] = field(default_factory=list)
    completion: Any = None
    started: float = 0.0
    problem: str = ""

    def hooks(self) -> Any:  # noqa: ANN401
        """Instructor's hooks, set to tell this watch."""
        from instructor.v2.core.hooks import Hooks  # noqa: PLC0415 - slow to import

        hooks = Hooks()
        hooks.on("completion:kwargs", self._asked)
        hooks.on("completion:response", self._answered)
        hooks.on("completion:error", self._failed)
        hooks.on("parse:error", self._not_valid)
        return hooks

    @property
    def is_invalid(self) -> bool:
        """Whether the last attempt brought an answer, and an invalid one."""
        return bool(self.attempts) and self.attempts[-1].outcome == "invalid"

    @property
    def n_invalid(self) -> int:
        """How many answers were invalid."""
        return sum(each.outcome == "invalid" for each in self.attempts)

    @property
    def n_failed_in_a_row(self) -> int:
        """How many attempts have failed on their way since the last answer."""
        outcomes = [each.outcome in UNANSWERED for each in reversed(self.attempts)]
        return next((n for n, failed in enumerate(outcomes) if not failed), len(outcomes))

    def _asked(self, *_: object, **__: object) -> None:
        self.problem = ""
        self.started = time.perf_counter()

    def _answered(self, completion: Any) -> None:  # noqa: ANN401
        self.completion = completion
        self.attempts.append(attempt_of(completion, time.perf_counter() - self.started))

    def _failed(self, error: Exception) -> None:
        latency_s = round(time.perf_counter() - self.started, 4)
        failure = failure_of(error, _hide)
        self.problem = failure.message
        self.attempts.append(Attempt(failure.reason, latency_s))

    def _not_valid(self, error: Exception) -> None:
        self.problem = _hide(problem_of(error))
        self.attempts[-1] = replace(self.attempts[-1], outcome="invalid")


class _Turn:
    """The exchanges of a request in its lane, one after the other."""

    def __init__(self, lane: Lane, request: Request) -> None:
        self._lane = lane
        self._request = request
        self._admission: Admission | None = None
        messages = sum(len(message["content"]) for message in request.messages)
        self._n_characters = messages + len(json.dumps(request.response.json_schema))

    async def begin(self, *, is_reask: bool = False) -> None:
        """Wait until the next exchange may be sent."""
        most = self._request.parameters.get("max_tokens")
        self._admission = await self._lane.admit(self._n_characters, most, is_reask=is_reask)

    def end(self, watch: _Watch, failure: Failure | None = None) -> None:
        """Say what the exchange came to."""
        if self._admission is None or not watch.attempts:
            return
        attempt = replace(watch.attempts[-1], cost_usd=self._lane.priced(watch.attempts[-1]))
        if failure and attempt.outcome == "ok":
            attempt = replace(attempt, outcome=failure.reason)
        watch.attempts[-1] = attempt
        if attempt.outcome in UNANSWERED:
            paid = attempt.outcome in {"timeout", "unreachable"}
            self._lane.failed(self._admission, attempt.outcome, watch.problem, may_be_paid=paid)
        else:
            self._lane.answered(self._admission, attempt, {})
        self._admission = None
        self._lane.listener.attempted(self._request.unit, attempt, watch.problem)

    def give_up(self) -> None:
        """Nobody waits for an answer any more."""
        if self._admission is not None:
            self._lane.abandoned(self._admission)


class InstructedExchange:
    """Asks one model through a client that instructor made.

    Parameters
    ----------
    lane
        Where its requests wait for their turn.
    address
        Where it is asked, for messages.
    """

    def __init__(
        self,
        model: ModelSpec,
        settings: ModelSettings,
        lane: Lane,
        client: Any,  # noqa: ANN401 - instructor's, of whichever SDK
        address: str,
    ) -> None:
        self._model = model
        self._settings = settings
        self._lane = lane
        self._client = client
        self._address = address
        self._sdk: Any = getattr(client, "client", None)
        if self._sdk is not None and isinstance(getattr(self._sdk, "max_retries", None), int):
            self._sdk.max_retries = 0
            self._sdk.timeout = settings.timeout_s

    async def ask(self, request: Request) -> Reply:
        """Ask through instructor, which asks again where the output is invalid."""
        turn = _Turn(self._lane, request)
        await turn.begin()
        try:
            reply = await self._ask(request, turn)
        finally:
            turn.give_up()
        return without_secrets(reply, *_secrets())

    async def _ask(self, request: Request, turn: _Turn) -> Reply:
        started = time.perf_counter()
        watch = _Watch()
        error: Exception | None = None
        parsed: Any = None
        parameters = {name: value for name, value in request.parameters.items() if name != "mode"}
        settings = self._settings
        try:
            # Each exchange has the SDK's own timeout; this ends what it does not.
            async with asyncio.timeout(
                settings.max_seconds + settings.timeout_s * (settings.max_reasks + 1)
            ):
                parsed = await self._client.create(
                    response_model=request.response.model,
                    messages=[dict(message) for message in request.messages],
                    max_retries=self._retrying(watch, turn),
                    strict=False,
                    hooks=watch.hooks(),
                    **parameters,
                )
        except Exception as caught:  # noqa: BLE001 - each SDK has errors of its own
            error = caught
        if error is not None:
            failure, valid = self._failure(error, watch, request)
        else:
            found = parsed.model_dump(mode="json", by_alias=True)
            failure, valid = None, validate(found, request.response)
        turn.end(watch, failure)
        elapsed_s = round(time.perf_counter() - started, 4)
        return replace(_reply(failure, valid, watch, parsed), elapsed_s=elapsed_s)

    def _retrying(self, watch: _Watch, turn: _Turn) -> AsyncRetrying:
        """Try again what failed on its way, and at once what was invalid."""
        from tenacity import AsyncRetrying, retry_if_exception  # noqa: PLC0415 - slow to import

        from harness.providers.retries import seconds_to_wait  # noqa: PLC0415

        ends = time.monotonic() + self._settings.max_seconds

        def may_help(error: BaseException) -> bool:
            if watch.is_invalid:
                return watch.n_invalid <= self._settings.max_reasks
            is_in_time = time.monotonic() < ends
            few = watch.n_failed_in_a_row < self._settings.max_attempts
            return is_transient(error) and is_in_time and few

        async def wait(seconds: float) -> None:
            turn.end(watch)
            if seconds:
                await self._lane.rest(seconds, is_reask=bool(watch.n_invalid))
            await turn.begin(is_reask=bool(watch.n_invalid))

        return AsyncRetrying(
            retry=retry_if_exception(may_help),
            wait=lambda state: 0.0 if watch.is_invalid else seconds_to_wait(state),
            sleep=wait,
            reraise=True,
        )

    async def close(self) -> None:
        """Close the connections, where the SDK can."""
        close = getattr(self._sdk, "close", None)
        closing = close() if callable(close) else None
        if inspect.isawaitable(closing):
            await closing

    def _failure(
        self, error: Exception, watch: _Watch, request: Request
    ) -> tuple[Failure | None, ValidReply | None]:
        """What an error of the loop comes to: a failure, or claims with single bad items."""
        from instructor.core.exceptions import (  # noqa: PLC0415 - slow to import
            IncompleteOutputException,
            InstructorRetryException,
        )

        if isinstance(error, InstructorRetryException) and isinstance(error.__cause__, Exception):
            error = error.__cause__
        if isinstance(error, CellStopped):
            if not watch.n_invalid:
                raise error
            return Failure("stopped", str(error)), None
        if isinstance(error, TypeError) and watch.completion is None:
            raise CellStopped(
                f"model {self._model.id!r}: its client does not take what is sent "
                f"({_hide(problem_of(error))}); see the parameters of the model and the prompt"
            )
        # The hook of a failed exchange was the last to be heard: it has no completion.
        was_answered = bool(watch.attempts) and watch.attempts[-1].outcome in {"ok", "invalid"}
        if not was_answered:
            if stop := stop_of(error, self._model, self._address, _hide):
                raise CellStopped(stop) from None
            return failure_of(error, _hide), None
        failure = ended_by(watch.completion)
        text = text_of(watch.completion)
        if failure is None and isinstance(error, IncompleteOutputException):
            failure = Failure("truncated", problem_of(error))
        elif failure is None and not text.strip():
            failure = Failure("empty", "the reply is empty")
        elif failure is None:
            failure = Failure("invalid", _hide(problem_of(error)))
            valid = read_claims(text, request.response)
            return (None, valid) if valid else (failure, None)
        return failure, None


class InstructedProvider(Provider):
    """A model that `instructor.from_provider` makes a client for, as ``provider/name``."""

    def __init__(self, model: ModelSpec) -> None:
        super().__init__(model)
        self._exchange: InstructedExchange | None = None

    def check(self, schema: ClaimSchema) -> None:
        """Raise `ConfigurationError` if the provider is unknown or its SDK or key is missing."""
        self._open()

    async def ask(self, request: Request) -> Reply:
        """Ask through instructor."""
        return await self._open().ask(request)

    async def close(self) -> None:
        """Close the connections."""
        if self._exchange is not None:
            await self._exchange.close()
            self._exchange = None

    def _open(self) -> InstructedExchange:
        if self._exchange is None:
            settings = self.settings
            options: dict[str, Any] = {}
            if settings.base_url:
                check_address(self.model.id, settings.base_url)
                options["base_url"] = settings.base_url
            if name := settings.api_key_env:
                options["api_key"] = os.environ.get(name)
                check_key(self.model.id, name, options["api_key"])
            elif settings.base_url:
                options["api_key"] = "none"  # the key of a service is not for another server
            client = open_client(self.model, self.model.provider, settings.mode, **options)
            address = str(getattr(getattr(client, "client", None), "base_url", ""))
            self._exchange = InstructedExchange(
                self.model, settings, self.lane, client, address or self.model.provider
            )
        return self._exchange


def _reply(
    failure: Failure | None,
    valid: ValidReply | None,
    watch: _Watch,
    parsed: Any,  # noqa: ANN401
) -> Reply:
    raw = text_of(watch.completion)
    return Reply(
        valid.claims if valid else {},
        failure,
        invalid_items=valid.invalid_items if valid else (),
        warnings=valid.warnings if valid else (),
        raw=raw or (parsed.model_dump_json() if parsed is not None else ""),
        finish_reason=finish_reason_of(watch.completion),
        attempts=tuple(watch.attempts),
        reasks=max(watch.n_invalid - watch.is_invalid, 0),
    )


def _secrets() -> list[str]:
    """What must not be repeated: which variable a provider reads is known to its SDK alone."""
    return [
        value
        for name, value in os.environ.items()
        if any(part in name.upper() for part in _SECRET_NAMES) and len(value) >= 8
    ]


def _hide(text: str) -> str:
    return hide(text, *_secrets())
