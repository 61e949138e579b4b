"""What went wrong when a model was asked over HTTP: whether to ask again, and what to call it.

Errors are told apart by what they carry (a status, a timeout among their causes), for each SDK
has classes of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from harness.providers.addresses import without_queries
from harness.records import Failure, FailureReason
from harness.settings import ModelSpec

__all__ = ["NotACompletion", "failure_of", "headers_of", "is_transient", "may_be_paid", "stop_of"]

_TRANSIENT_STATUS = frozenset({408, 409, 429})
_BY_STATUS: Mapping[int, FailureReason] = {408: "timeout", 429: "rate_limited", 504: "timeout"}
_OUT_OF_MONEY = frozenset(
    {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
)
_NO_MODEL = frozenset({"model_not_found", "model_not_supported"})
_NO_CONNECTION = frozenset({"ConnectError", "ClientConnectorError", "UnsupportedProtocol"})
Hide = Callable[[str], str]
"""Takes secrets out of a text."""


class NotACompletion(ValueError):  # noqa: N818 - a fault of the server, counted as such
    """The server answered 200 with something that is no chat completion."""


def is_transient(error: BaseException) -> bool:
    """Whether asking again may help: connections, timeouts, 408, 409, 429, 5xx."""
    status = _status(error)
    if status is not None:
        return (status in _TRANSIENT_STATUS or status >= 500) and not _is_out_of_money(error)
    return isinstance(error, NotACompletion) or _is_timeout(error) or _is_connection(error)


def headers_of(error: BaseException | None) -> Mapping[str, str]:
    """The headers of the answer that an error came with; empty where there was none."""
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
    return headers


def may_be_paid(error: BaseException) -> bool:
    """Whether the server may have worked: it was reached, and said neither yes nor no."""
    return _status(error) is None and not _is_not_connected(error)


def failure_of(error: BaseException, hide: Hide = str) -> Failure:
    """The failure that a request ends with after its last attempt."""
    reason: FailureReason = "server"
    status = _status(error)
    if status is not None:
        reason = _BY_STATUS.get(status, "server" if status >= 500 else "rejected")
    elif _is_timeout(error):
        reason = "timeout"
    elif _is_connection(error):
        reason = "unreachable"
    return Failure(reason, _one_line(error, hide))


def stop_of(error: BaseException, model: ModelSpec, base_url: str, hide: Hide = str) -> str | None:
    """Why nothing else can be asked of this model either, in a sentence; None where it can."""
    status = _status(error)
    if _is_out_of_money(error) or status == 402:
        what = f"the account at {base_url} has no quota left"
    elif status == 401:
        what = f"the server at {base_url} does not accept the key"
    elif status == 403:
        what = f"the server at {base_url} does not let this key use {model.name!r}"
    elif status == 404 or getattr(error, "code", None) in _NO_MODEL:
        what = f"the server at {base_url} has no {model.name!r}"
    elif status is None and _is_not_connected(error):
        what = f"no server answers at {base_url}; is it running, is the address right?"
    else:
        return None
    return f"model {model.id!r}: {what} ({_one_line(error, hide)})"


def _status(error: BaseException) -> int | None:
    for name in ("status_code", "code"):
        value = getattr(error, name, None)
        if isinstance(value, int) and 100 <= value < 600:
            return value
    return None


def _is_out_of_money(error: BaseException) -> bool:
    return any(getattr(error, name, None) in _OUT_OF_MONEY for name in ("code", "type"))


def _is_timeout(error: BaseException) -> bool:
    chain = list(_chain(error))
    if any(isinstance(each, TimeoutError) for each in chain):
        return True
    # What connects httpx to aiohttp calls every connection that is lost a connect timeout.
    is_lost = any(type(each).__module__.startswith("aiohttp") for each in chain)
    return not is_lost and "timeout" in type(error).__name__.lower()


def _is_not_connected(error: BaseException) -> bool:
    """Whether not even a connection was made, which time alone will hardly mend."""
    classes = (kind for each in _chain(error) for kind in type(each).__mro__)
    return any(kind.__name__ in _NO_CONNECTION for kind in classes)


def _is_connection(error: BaseException) -> bool:
    return any(
        isinstance(each, ConnectionError) or "connect" in type(each).__name__.lower()
        for each in _chain(error)
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, the last cause last."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        seen.append(cause)
        yield cause
        cause = cause.__cause__ or cause.__context__


def _one_line(error: BaseException, hide: Hide, limit: int = 300) -> str:
    """The error in a line. Secrets go before it is cut, so that no half of one is left."""
    status, body = _status(error), getattr(error, "body", None)
    said = body.get("message") if isinstance(body, dict) else None
    if status is not None and isinstance(said, str) and said:
        text = f"HTTP {status}: {said}"
    else:
        text = str(error) or type(error).__name__
        if status is None and _is_connection(error) and not _is_timeout(error):
            text = f"connection failed: {list(_chain(error))[-1] or text}"
    text = " ".join(without_queries(hide(text)).split())
    return text if len(text) <= limit else f"{text[:limit]}…"
