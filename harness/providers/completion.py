"""What a completion says, whichever SDK it came from: its text, its tokens, why it ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from pydantic import ValidationError

from harness.claims.response import InvalidReply, ValidReply, validate
from harness.providers.addresses import hide
from harness.records import Attempt, Failure, FailureReason, InvalidItem, Reply, ResponseFormat

__all__ = [
    "attempt_of",
    "ended_by",
    "finish_reason_of",
    "problem_of",
    "read_claims",
    "rewritten",
    "text_of",
    "without_lone_surrogates",
    "without_secrets",
]

_ENDED_BY: Mapping[str, FailureReason] = {
    "length": "truncated",
    "max_tokens": "truncated",
    "max_output_tokens": "truncated",
    "content_filter": "content_filter",
    "refusal": "refused",
    "safety": "content_filter",
}
_SECRET_LENGTH = 12
_DEEPEST = 50
"""Levels of nesting that a reply may have: claims need four, and what is deeper breaks tools."""


def text_of(completion: Any) -> str:  # noqa: ANN401 - of whichever SDK
    """What the model wrote: the arguments of its tool call, else its text."""
    called, written = [], []
    for part in _parts(completion):
        arguments = _of(_of(part, "function"), "arguments") or _of(part, "arguments")
        arguments = arguments or _of(part, "input")
        text = part if isinstance(part, str) else _of(part, "text")
        if arguments:
            called.append(arguments if isinstance(arguments, str) else json.dumps(arguments))
        elif isinstance(text, str):
            written.append(text)
    return called[0] if called else "".join(written)


def finish_reason_of(completion: Any) -> str | None:  # noqa: ANN401 - of whichever SDK
    """Why the model stopped, in the words of its server."""
    choice = _first(_of(completion, "choices")) or _first(_of(completion, "candidates"))
    reason = (
        _of(choice, "finish_reason")
        or _of(completion, "stop_reason")
        or _of(_of(completion, "incomplete_details"), "reason")
    )
    return str(getattr(reason, "value", reason)) if reason else None


def ended_by(completion: Any) -> Failure | None:  # noqa: ANN401 - of whichever SDK
    """Why there is nothing to read, where asking again would change nothing; else None."""
    message = _of(_first(_of(completion, "choices")), "message")
    if refusal := _of(message, "refusal"):
        return Failure("refused", str(refusal))
    finish_reason = finish_reason_of(completion)
    reason = _ENDED_BY.get((finish_reason or "").lower())
    return Failure(reason, f"finish_reason is {finish_reason!r}") if reason else None


def attempt_of(completion: Any, latency_s: float | None) -> Attempt:  # noqa: ANN401 - of whichever SDK
    """The record of an exchange that brought a completion."""
    usage = _of(completion, "usage") or _of(completion, "usage_metadata")
    details = _of(usage, "prompt_tokens_details") or _of(usage, "input_tokens_details")

    def tokens(source: object, *names: str) -> int | None:
        values = (_of(source, name) for name in names)
        counts = (each for each in values if isinstance(each, int) and not isinstance(each, bool))
        return next((each for each in counts if each >= 0), None)

    output = tokens(usage, "completion_tokens", "output_tokens", "candidates_token_count")
    # Gemini counts what a model thinks apart, and is paid for it as for the rest.
    thought = tokens(usage, "thoughts_token_count")
    return Attempt(
        "ok",
        None if latency_s is None else round(latency_s, 4),
        input_tokens=tokens(usage, "prompt_tokens", "input_tokens", "prompt_token_count"),
        output_tokens=output if thought is None else (output or 0) + thought,
        cached_tokens=tokens(details, "cached_tokens"),
    )


def read_claims(text: str, response: ResponseFormat) -> ValidReply | None:
    """The claims of a reply that instructor does not take, None where it holds no such object.

    Single bad items come back as invalid items. Words around the object are left out.
    """
    start, end = text.find("{"), text.rfind("}") + 1
    try:
        # NaN is no JSON: as a string it stays readable and fits no number.
        found = json.loads(text[start:end], parse_constant=str)
        valid = validate(rewritten(found, without_lone_surrogates), response)
    except (ValueError, InvalidReply, RecursionError):
        return None
    if text[:start].strip() or text[end:].strip():
        note = "the reply had text around its JSON, which was left out"
        return ValidReply(valid.claims, valid.invalid_items, (*valid.warnings, note))
    return valid


def rewritten(value: Any, change: Callable[[str], str], depth: int = 0) -> Any:  # noqa: ANN401
    """A JSON value with every string in it changed.

    Raises
    ------
    InvalidReply
        If it is nested too deeply to be a reply.
    """
    if isinstance(value, str):
        return change(value)
    if not isinstance(value, list | tuple | dict):
        return value
    if depth == _DEEPEST:
        raise InvalidReply(f"the reply is nested more than {_DEEPEST} levels deep")
    if isinstance(value, dict):
        return {change(name): rewritten(inner, change, depth + 1) for name, inner in value.items()}
    return [rewritten(inner, change, depth + 1) for inner in value]


def without_lone_surrogates(text: str) -> str:
    """Text that can be encoded: half a character, as JSON can hold it, becomes U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def without_secrets(reply: Reply, *secrets: str | None) -> Reply:
    """The reply without the keys that its request was sent with: it is kept on disk.

    A short key, such as servers without keys are given, may be a word of the article and stays.
    """
    long = [each for each in secrets if each and len(each) >= _SECRET_LENGTH]
    if not long or not _is_any_in(reply, long):
        return reply

    def clean(value: Any) -> Any:  # noqa: ANN401 - any JSON
        return rewritten(value, lambda text: hide(text, *long))

    failure = reply.failure
    return replace(
        reply,
        claims=clean(dict(reply.claims)),
        failure=Failure(failure.reason, clean(failure.message)) if failure else None,
        invalid_items=tuple(
            InvalidItem(each.claim_type, clean(each.message), clean(each.item))
            for each in reply.invalid_items
        ),
        warnings=(*clean(reply.warnings), "the reply held the API key, which was taken out"),
        raw=clean(reply.raw),
        finish_reason=clean(reply.finish_reason),
    )


def _is_any_in(reply: Reply, secrets: Iterable[str]) -> bool:
    said = [asdict(reply.failure) if reply.failure else None, reply.warnings, reply.finish_reason]
    items = [asdict(item) for item in reply.invalid_items]
    # As JSON, where a text is written in one way whatever stands around it.
    written = json.dumps([dict(reply.claims), items, said], default=str)
    return any(hide(text, *secrets) != text for text in (reply.raw, written))


def problem_of(error: BaseException, limit: int = 300) -> str:
    """What is wrong with a reply, in a line for a person."""
    if isinstance(error, ValidationError):
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        text = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'reply'}: {each['msg']}" for each in problems[:20]
        )
    else:
        text = " ".join(str(error).split())
    return text if len(text) <= limit else f"{text[:limit]}…"


def _parts(completion: Any) -> Iterator[Any]:  # noqa: ANN401 - of whichever SDK
    """The calls and texts of a completion: chat completions, responses, messages, candidates."""
    if choice := _first(_of(completion, "choices")):
        message = _of(choice, "message")
        found: tuple[Any, ...] = (_of(message, "tool_calls"), _of(message, "content"))
    else:
        candidate = _of(_first(_of(completion, "candidates")), "content")
        found = (_of(completion, "content"), _of(candidate, "parts"), _of(completion, "output"))
    for parts in found:
        if isinstance(parts, str):
            yield parts
        for part in parts if isinstance(parts, list | tuple) else ():
            yield part
            inner = _of(part, "content")
            yield from inner if isinstance(inner, list) else ()


def _first(values: object) -> Any:  # noqa: ANN401
    return values[0] if isinstance(values, list | tuple) and values else None


def _of(value: Any, name: str) -> Any:  # noqa: ANN401
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)
