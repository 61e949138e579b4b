"""Every other provider that instructor knows: asked through its own client.

Needs the provider's SDK to be installed. The SDK does its own transport retries.
"""

from __future__ import annotations

import time
from typing import Any

from harness.claims import ClaimSchema
from harness.claims.response import validate
from harness.errors import CellStopped, ConfigurationError
from harness.providers.interface import Provider
from harness.records import Attempt, Failure, FailureReason, Reply, Request

__all__ = ["InstructedProvider"]

_STATUS_REASONS: dict[int, FailureReason] = {408: "timeout", 429: "rate_limited"}
_STOPPING_STATUS = frozenset({401, 403, 404})


class InstructedProvider(Provider):
    """A model that `instructor.from_provider` makes a client for, as ``provider/name``."""

    _client: Any = None

    def check(self, schema: ClaimSchema) -> None:
        """Raise `ConfigurationError` if the provider is unknown or its SDK is missing."""
        self._open()

    def _open(self) -> Any:  # noqa: ANN401 - instructor's client, of whichever SDK
        if self._client is None:
            import instructor  # noqa: PLC0415 - slow to import
            from instructor.v2 import Mode  # noqa: PLC0415

            mode = self.settings.mode
            if mode is not None and mode.upper() not in Mode.__members__:
                raise ConfigurationError(f"model {self.model.id!r}: unknown mode {mode!r}")
            try:
                self._client = instructor.from_provider(
                    f"{self.model.provider}/{self.model.name}",
                    async_client=True,
                    mode=Mode[mode.upper()] if mode else None,
                )
            # Each SDK has errors of its own; all of them mean that there is no client.
            except Exception as error:  # noqa: BLE001
                message = " ".join(str(error).split())
                raise ConfigurationError(
                    f"model {self.model.id!r} cannot be asked: {message}"
                ) from error
        return self._client

    async def ask(self, request: Request) -> Reply:
        """Ask through instructor, which asks again where the output is invalid."""
        from instructor.core.exceptions import (  # noqa: PLC0415 - slow to import
            IncompleteOutputException,
            InstructorRetryException,
        )
        from instructor.v2.core.hooks import Hooks  # noqa: PLC0415

        attempts: list[Attempt] = []
        hooks = Hooks()
        started = time.perf_counter()
        hooks.on("completion:response", lambda completion: attempts.append(_attempt(completion)))
        parameters = {name: value for name, value in request.parameters.items() if name != "mode"}
        failure: Failure
        try:
            parsed = await self._open().create(
                response_model=request.response.model,
                messages=[dict(message) for message in request.messages],
                max_retries=self.settings.max_reasks,
                hooks=hooks,
                **parameters,
            )
        except IncompleteOutputException as error:
            failure = Failure("truncated", str(error))
        except InstructorRetryException as error:
            failure = self._failure(error.__cause__ or error)
        except Exception as error:  # noqa: BLE001 - each SDK has errors of its own
            failure = self._failure(error)
        else:
            valid = validate(parsed.model_dump(mode="json"), request.response)
            return Reply(
                valid.claims,
                warnings=valid.warnings,
                raw=parsed.model_dump_json(),
                attempts=_timed(attempts, time.perf_counter() - started),
                reasks=max(len(attempts) - 1, 0),
            )
        return Reply(
            {},
            failure,
            attempts=_timed(attempts, time.perf_counter() - started),
            reasks=max(len(attempts) - 1, 0),
        )

    def _failure(self, error: BaseException) -> Failure:
        status = getattr(error, "status_code", None) or getattr(error, "code", None)
        message = " ".join(str(error).split())[:300]
        if status in _STOPPING_STATUS:
            raise CellStopped(f"model {self.model.id!r}: {message}") from error
        if isinstance(status, int):
            reason = _STATUS_REASONS.get(status, "server" if status >= 500 else "rejected")
            return Failure(reason, message)
        if isinstance(error, TimeoutError) or "timeout" in type(error).__name__.lower():
            return Failure("timeout", message)
        if "connect" in type(error).__name__.lower():
            return Failure("unreachable", message)
        return Failure("invalid", message)


def _attempt(completion: Any) -> Attempt:  # noqa: ANN401 - of whichever SDK
    usage = getattr(completion, "usage", None) or getattr(completion, "usage_metadata", None)

    def tokens(*names: str) -> int | None:
        values = (getattr(usage, name, None) for name in names)
        return next((value for value in values if isinstance(value, int)), None)

    return Attempt(
        "ok",
        0.0,
        input_tokens=tokens("input_tokens", "prompt_tokens", "prompt_token_count"),
        output_tokens=tokens("output_tokens", "completion_tokens", "candidates_token_count"),
    )


def _timed(attempts: list[Attempt], seconds: float) -> tuple[Attempt, ...]:
    """Instructor does not say how long each attempt took: the whole is shared out evenly."""
    from dataclasses import replace  # noqa: PLC0415

    share = round(seconds / max(len(attempts), 1), 4)
    return tuple(replace(attempt, latency_s=share) for attempt in attempts)
