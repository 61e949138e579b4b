"""What an answer of a chat server came to: openai's type, then claims or a failure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from instructor.core.exceptions import InstructorError
from instructor.v2 import ModeHandlers
from openai.types.chat import ChatCompletion, ChatCompletionMessage
from pydantic import ValidationError

from harness.claims.response import ValidReply, claims_of
from harness.providers.completion import (
    ended_by,
    finish_reason_of,
    problem_of,
    read_claims,
    text_of,
    without_lone_surrogates,
)
from harness.providers.faults import NotACompletion
from harness.records import Attempt, Failure, Reply, ResponseFormat

__all__ = ["Reading", "checked", "parsed", "read", "reply_from", "shortened"]

_LONGEST_ECHO = 50_000
"""Characters of an invalid reply that go back to the model: a loop is not paid for twice."""
_LONGEST_COMPLAINT = 4_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a completion came to: claims, a failure, or both where single items are bad."""

    raw: str = ""
    finish_reason: str | None = None
    valid: ValidReply | None = None
    failure: Failure | None = None
    complaint: Exception | None = None  # what the model is told when it is asked again


def parsed(content: bytes) -> Any:  # noqa: ANN401
    """The body of an answer as openai's type.

    Raises
    ------
    NotACompletion
        If it is no JSON.
    """
    try:
        # Several times as fast as openai's own way, which takes whatever there is.
        return ChatCompletion.model_validate_json(content)
    except ValidationError:
        pass
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotACompletion(f"the server's answer is no JSON: {error}") from error
    return ChatCompletion.construct(**found) if isinstance(found, dict) else found


def checked(completion: Any, hide: Callable[[str], str]) -> Any:  # noqa: ANN401
    """The completion in the form that instructor relies on; openai's client checks nothing.

    Raises
    ------
    NotACompletion
        If there is no message in it.
    """
    choices = getattr(completion, "choices", None)
    message = getattr(choices[0], "message", None) if choices and list is type(choices) else None
    if not isinstance(message, ChatCompletionMessage):
        said = getattr(completion, "error", None) or completion
        # Before it is cut, so that no half of a key is left.
        start = " ".join(hide(str(said)).split())[:100]
        raise NotACompletion(f"the server's answer is no chat completion: {start!r}")
    message.role = "assistant"
    message.function_call = None
    calls: list[Any] = message.tool_calls if isinstance(message.tool_calls, list) else []
    calls = [call for call in calls if getattr(call, "function", None)]
    message.tool_calls = calls or None
    for number, call in enumerate(calls):
        call.id = str(call.id or f"call_{number}")
        call.type = "function"
        arguments: Any = getattr(call.function, "arguments", None) or ""
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        call.function.arguments = without_lone_surrogates(text)
        call.function.name = str(getattr(call.function, "name", ""))
    if message.content is not None:
        text = message.content if isinstance(message.content, str) else text_of(completion)
        message.content = without_lone_surrogates(text)
    return completion


def read(handlers: ModeHandlers, completion: Any, response: ResponseFormat) -> Reading:  # noqa: ANN401
    """Read a completion with instructor's handlers of the mode that it was asked in."""
    raw, finish_reason = text_of(completion), finish_reason_of(completion)
    if ended := ended_by(completion):
        return Reading(raw, finish_reason, failure=ended)
    if not raw.strip():
        failure = Failure("empty", "the reply is empty")
        return Reading(raw, finish_reason, None, failure, ValueError(failure.message))
    try:
        parsed = handlers.response_parser(
            response=completion,
            response_model=response.model,
            validation_context=None,
            strict=None,
            stream=False,
            is_async=False,
        )
    # Pydantic's errors and those of json are ValueErrors too.
    except (ValueError, InstructorError) as error:
        failure = Failure("invalid", problem_of(error))
        complaint = ValueError(str(error)[:_LONGEST_COMPLAINT])
        return Reading(raw, finish_reason, read_claims(raw, response), failure, complaint)
    return Reading(raw, finish_reason, claims_of(parsed, response))


def shortened(completion: Any) -> Any:  # noqa: ANN401
    """The completion, no longer than what goes back to the model."""
    message = completion.choices[0].message
    for call in message.tool_calls or ():
        call.function.arguments = call.function.arguments[:_LONGEST_ECHO]
    message.content = message.content and message.content[:_LONGEST_ECHO]
    return completion


def reply_from(
    reading: Reading, attempts: Sequence[Attempt], reasks: int, elapsed_s: float | None
) -> Reply:
    """The reply that a reading comes to."""
    valid = reading.valid
    return Reply(
        claims=valid.claims if valid else {},
        failure=None if valid else reading.failure,
        invalid_items=valid.invalid_items if valid else (),
        warnings=valid.warnings if valid else (),
        raw=reading.raw,
        finish_reason=reading.finish_reason,
        attempts=tuple(attempts),
        reasks=reasks,
        elapsed_s=elapsed_s,
    )
