"""What a completion says, in the shapes that the protocols give it."""

from __future__ import annotations

import json
from types import SimpleNamespace as Namespace

import pytest
from asking import CLAIMS, GOOD, make_request

from harness.claims.response import InvalidReply
from harness.providers.completion import (
    attempt_of,
    ended_by,
    finish_reason_of,
    problem_of,
    read_claims,
    rewritten,
    text_of,
    without_lone_surrogates,
    without_secrets,
)
from harness.records import Failure, InvalidItem, Reply

FORMAT = make_request().response


def chat(finish_reason: str | None = "stop", **message: object) -> Namespace:
    choice = Namespace(message=Namespace(**message), finish_reason=finish_reason)
    usage = Namespace(
        prompt_tokens=10,
        completion_tokens=3,
        prompt_tokens_details=Namespace(cached_tokens=4),
    )
    return Namespace(choices=[choice], usage=usage)


def candidate(finish_reason: object) -> Namespace:
    return Namespace(candidates=[Namespace(finish_reason=finish_reason)])


CHAT = chat(content="words")
CALL = chat(content="", tool_calls=[Namespace(function=Namespace(arguments='{"a": 1}'))])
MESSAGES = Namespace(
    content=[Namespace(type="text", text="Well: "), Namespace(type="tool_use", input={"a": 1})],
    stop_reason="tool_use",
    usage=Namespace(input_tokens=10, output_tokens=3),
)
RESPONSES = Namespace(
    output=[
        Namespace(type="reasoning"),
        Namespace(type="message", content=[Namespace(type="output_text", text="words")]),
    ],
    incomplete_details=None,
    usage=Namespace(input_tokens=10, output_tokens=3),
)
CANDIDATES = Namespace(
    candidates=[
        Namespace(content=Namespace(parts=[Namespace(text="words")]), finish_reason="STOP")
    ],
    usage_metadata=Namespace(
        prompt_token_count=10, candidates_token_count=1, thoughts_token_count=2
    ),
)


@pytest.mark.parametrize(
    ("completion", "text", "finish_reason"),
    [
        (CHAT, "words", "stop"),
        (CALL, '{"a": 1}', "stop"),
        (MESSAGES, '{"a": 1}', "tool_use"),
        (RESPONSES, "words", None),
        (CANDIDATES, "words", "STOP"),
        (chat(content=[{"type": "text", "text": "wo"}, {"text": "rds"}, 7]), "words", "stop"),
        (chat(content=None, tool_calls=None), "", "stop"),
        (None, "", None),
    ],
)
def test_text_and_finish_reason_are_found_in_every_shape(
    completion: object, text: str, finish_reason: str | None
) -> None:
    assert text_of(completion) == text
    assert finish_reason_of(completion) == finish_reason


@pytest.mark.parametrize("completion", [CHAT, MESSAGES, RESPONSES, CANDIDATES])
def test_tokens_are_found_in_every_shape(completion: object) -> None:
    attempt = attempt_of(completion, 0.12345678)
    assert (attempt.outcome, attempt.latency_s) == ("ok", 0.1235)
    assert (attempt.input_tokens, attempt.output_tokens) == (10, 3)
    assert attempt.cached_tokens == (4 if completion is CHAT else None)


@pytest.mark.parametrize("tokens", [None, "many", -1, True, 1.5])
def test_a_count_that_is_none_is_unknown(tokens: object) -> None:
    usage = Namespace(prompt_tokens=tokens, completion_tokens=0)
    attempt = attempt_of(Namespace(usage=usage), 0)
    assert (attempt.input_tokens, attempt.output_tokens) == (None, 0)


@pytest.mark.parametrize(
    ("completion", "reason"),
    [
        (chat("length", content="{"), "truncated"),
        (chat("content_filter", content=None), "content_filter"),
        (chat("stop", content=None, refusal="No."), "refused"),
        (Namespace(content=[], stop_reason="max_tokens"), "truncated"),
        (Namespace(content=[], stop_reason="refusal"), "refused"),
        (
            Namespace(output=[], incomplete_details=Namespace(reason="max_output_tokens")),
            "truncated",
        ),
        (
            Namespace(candidates=[Namespace(finish_reason=Namespace(value="MAX_TOKENS"))]),
            "truncated",
        ),
        (Namespace(candidates=[Namespace(finish_reason="SAFETY")]), "content_filter"),
    ],
)
def test_an_end_that_is_no_end_has_its_reason(completion: object, reason: str) -> None:
    failure = ended_by(completion)
    assert failure is not None
    assert failure.reason == reason


@pytest.mark.parametrize("completion", [CHAT, CALL, MESSAGES, RESPONSES, CANDIDATES, chat(None)])
def test_a_usual_end_is_none_of_these(completion: object) -> None:
    assert ended_by(completion) is None


def test_claims_are_read_from_the_object_in_a_reply() -> None:
    valid = read_claims(f"```json\n{json.dumps(GOOD)}\n```", FORMAT)
    assert valid is not None
    assert valid.claims == CLAIMS
    assert len(valid.warnings) == 1


@pytest.mark.parametrize("text", ["", "}{", "{", "{} and {}", "[1]", "9" * 5000, '{"actors": 1}'])
def test_no_claims_are_read_from_anything_else(text: str) -> None:
    assert read_claims(text, FORMAT) is None


def test_values_that_are_nested_too_deeply_are_no_reply() -> None:
    value: object = "x"
    for _ in range(50):
        value = [value]
    assert rewritten(value, str.upper) is not None
    with pytest.raises(InvalidReply, match="nested"):
        rewritten([value], str.upper)


def test_every_string_of_a_value_is_changed_and_nothing_else() -> None:
    value = {"a": ["b", 1, None, True, {"c": ("d",)}]}
    assert rewritten(value, str.upper) == {"A": ["B", 1, None, True, {"C": ["D"]}]}


def test_only_half_characters_are_replaced() -> None:
    assert without_lone_surrogates("a\ud800b") == "a\ufffdb"
    assert without_lone_surrogates("\ud83d\ude00") == "😀"
    assert without_lone_surrogates("“é😀”") == "“é😀”"


def test_secrets_are_taken_out_of_every_part_of_a_reply() -> None:
    secret = "sk-0123456789/'x"
    reply = Reply(
        claims={"actors": [{"name": secret}]},
        failure=Failure("refused", f"no {secret}"),
        invalid_items=(InvalidItem("actors", secret, {"a": [secret]}),),
        warnings=(secret,),
        raw=f"header {secret}",
        finish_reason=secret,
    )
    cleaned = without_secrets(reply, None, secret)
    assert "0123456789" not in repr(cleaned)
    assert cleaned.claims == {"actors": [{"name": "***"}]}
    assert without_secrets(Reply({}, raw="word"), "word", "", None) == Reply({}, raw="word")


def test_a_problem_is_told_in_a_line() -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError) as caught:
        FORMAT.model.model_validate({"actors": [{}] * 1000, "quotes": []})
    told = problem_of(caught.value)
    assert told.startswith("actors.0.name: Field required; actors.0.kind: Field required")
    assert len(told) == 301
    assert problem_of(ValueError("two\n lines")) == "two lines"
