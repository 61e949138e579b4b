"""What went wrong when a model was asked over HTTP: whether to ask again, and what to call it."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping

import openai

from harness.records import Failure, FailureReason
from harness.settings import ModelSpec

__all__ = ["NotACompletion", "failure_of", "is_transient", "retry_after_s", "stop_of"]

_TRANSIENT_STATUS = frozenset({408, 409, 429})
_OUT_OF_MONEY = "insufficient_quota"


class NotACompletion(ValueError):  # noqa: N818 - a fault of the server, counted as such
    """The server answered 200 with something that is no chat completion."""


def is_transient(error: BaseException) -> bool:
    """Whether asking again may help: connections, timeouts, 408, 409, 429, 5xx."""
    if isinstance(error, openai.APIStatusError):
        if _code(error) == _OUT_OF_MONEY:
            return False
        return error.status_code in _TRANSIENT_STATUS or error.status_code >= 500
    return isinstance(error, openai.APIConnectionError | NotACompletion)


def retry_after_s(error: BaseException | None) -> float | None:
    """The seconds after which the server wants to be asked again, where it says so."""
    if not isinstance(error, openai.APIStatusError):
        return None
    headers: Mapping[str, str] = error.response.headers
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "")
        try:
            return max(0.0, float(value) * unit)
        except ValueError:
            continue
    moment = email.utils.parsedate_tz(headers.get("retry-after", ""))
    return max(0.0, email.utils.mktime_tz(moment) - time.time()) if moment else None


def failure_of(error: BaseException) -> Failure:
    """The failure that a request ends with after its last attempt."""
    reason: FailureReason
    if isinstance(error, openai.APITimeoutError):
        reason = "timeout"
    elif isinstance(error, openai.APIConnectionError):
        reason = "unreachable"
    elif isinstance(error, openai.APIStatusError):
        if error.status_code == 408:
            reason = "timeout"
        elif error.status_code == 429:
            reason = "rate_limited"
        else:
            reason = "server" if error.status_code >= 500 else "rejected"
    else:
        reason = "server"
    return Failure(reason, _one_line(error))


def stop_of(error: BaseException, model: ModelSpec, base_url: str) -> str | None:
    """Why nothing else can be asked of this model either, in a sentence; None where it can."""
    name = f"model {model.id!r}"
    if isinstance(error, openai.AuthenticationError):
        return f"{name}: the server does not accept the key ({_one_line(error)})"
    if isinstance(error, openai.PermissionDeniedError):
        return f"{name}: the key may not use this model ({_one_line(error)})"
    if isinstance(error, openai.NotFoundError):
        return f"{name}: the server at {base_url} has no {model.name!r} ({_one_line(error)})"
    if isinstance(error, openai.RateLimitError) and _code(error) == _OUT_OF_MONEY:
        return f"{name}: the account has no quota left ({_one_line(error)})"
    if isinstance(error, openai.APIConnectionError) and _refused(error):
        return f"{name}: no server answers at {base_url}; is it running, is the address right?"
    return None


def _refused(error: BaseException) -> bool:
    """Whether not even a connection was made, which time alone will hardly mend."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__name__ in {"ConnectError", "ClientConnectorError", "UnsupportedProtocol"}:
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _code(error: openai.APIStatusError) -> str | None:
    return error.code if isinstance(error.code, str) else None


def _one_line(error: BaseException, limit: int = 300) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= limit else f"{text[:limit]}…"
