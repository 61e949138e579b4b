"""The output of a batch: a line of an output or error file, and the reply that it holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.providers.addresses import OPENAI, hide, is_openai
from harness.providers.faults import failure_of
from harness.providers.hosted import HostedProvider
from harness.providers.prices import HalfPrice, Price
from harness.records import Attempt, Reply, ResponseFormat

if TYPE_CHECKING:
    from harness.providers.exchange import Exchange

__all__ = ["OutputLine", "batch_price", "read_output_line", "reply_in"]

_NOT_EXECUTED = frozenset({"batch_expired", "batch_cancelled"})
_STATUS_OF_CODE = {"request_timeout": 408}
"""Of errors that OpenAI names without the status of a response."""


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line of an output or error file.

    Parameters
    ----------
    custom_id
        The key of the request.
    status
        Of the HTTP response; None where there was none.
    body
        The body of the response.
    error
        What is said beside it, in one of several forms; None where there was no error.
    """

    custom_id: str
    status: int | None
    body: Any
    error: Any

    @property
    def is_not_executed(self) -> bool:
        """Whether the request was never asked: its batch ended before."""
        return self.status is None and _field(self.error, "code") in _NOT_EXECUTED


class _LineFault(Exception):  # noqa: N818 - what a line says, never raised
    """An error of a line, as that of a request that was asked by itself."""

    def __init__(self, message: str, status: int | None, body: object, code: object) -> None:
        super().__init__(message)
        self.status_code = status
        self.body = body
        self.code = code


def read_output_line(line: bytes) -> OutputLine | None:
    """What a line says; None where it is torn or no line of a batch's output."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    custom_id = _field(found, "custom_id")
    response, error = _field(found, "response"), _field(found, "error")
    if not isinstance(custom_id, str) or not (isinstance(response, dict) or error):
        return None
    if isinstance(response, dict) and "choices" in response:
        # Some write the completion itself where OpenAI has status and body.
        response = {"body": response}
    status = _field(response, "status_code")
    if isinstance(response, dict) and not isinstance(status, int):
        status = 500 if error else 200
    return OutputLine(custom_id, status, _field(response, "body"), error or None)


def reply_in(
    line: OutputLine,
    exchange: Exchange,
    response: ResponseFormat,
    mode: str,
    price: Price | None,
    secret: str | None = None,
) -> Reply:
    """The reply that a line holds, read as that to a request that was asked by itself.

    Parameters
    ----------
    exchange
        That of the model.
    mode
        The mode of the request.
    price
        What tokens cost in a batch.
    secret
        The key, which must not be kept on the disk.
    """
    if line.error is None and line.status is not None and 200 <= line.status < 300:
        return exchange.reply_of(json.dumps(line.body).encode(), response, mode, price)
    failure = failure_of(_fault(line), lambda text: hide(text, secret))
    return Reply({}, failure, attempts=(Attempt(failure.reason, None),))


def batch_price(provider: HostedProvider) -> Price | None:
    """What tokens cost in a batch: at OpenAI half of the list, elsewhere what the settings say."""
    price = provider.lane.price
    is_half = isinstance(price, HalfPrice)  # already, in a run that asks in batches only
    if price is None or is_half or provider.settings.price:
        return price
    return HalfPrice(price) if is_openai(provider.base_url or OPENAI) else price


def _fault(line: OutputLine) -> _LineFault:
    # The body is OpenAI's place for it; vLLM says it beside an empty body.
    said = line.body or line.error
    said = _field(said, "error") or said
    code = _field(said, "code")
    message = _field(said, "message")
    status = line.status
    if status is None or status < 400:
        status = _STATUS_OF_CODE.get(str(code)) or (code if _is_status(code) else None)
    text = message or (said if isinstance(said, str) else json.dumps(said))
    return _LineFault(str(text), status, said, code)


def _is_status(code: object) -> bool:
    return isinstance(code, int) and 400 <= code < 600


def _field(value: object, name: str) -> Any:  # noqa: ANN401
    return value.get(name) if isinstance(value, dict) else None
