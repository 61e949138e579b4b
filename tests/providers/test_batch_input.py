from __future__ import annotations

import json

import pytest
from asking import MODES, make_request, spec

from harness.errors import ConfigurationError
from harness.providers import open_provider
from harness.providers.batch_input import (
    check_batchable,
    check_mode,
    exchange_of,
    input_line,
)


@pytest.mark.parametrize("mode", MODES)
def test_a_line_is_what_the_model_is_asked_with(mode: str) -> None:
    exchange = exchange_of(check_batchable(open_provider(spec(base_url="http://127.0.0.1:9/v1"))))
    request = make_request(mode, temperature=0, extra_body={"top_k": 1})
    line = input_line(exchange, request)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    found = json.loads(line)
    assert list(found) == ["custom_id", "method", "url", "body"]
    assert (found["custom_id"], found["method"]) == ("key", "POST")
    assert found["url"] == "/v1/chat/completions"
    _, body = exchange.body_of(request)
    assert found["body"] == json.loads(json.dumps(body))
    assert (found["body"]["model"], found["body"]["top_k"]) == ("test-model", 1)
    assert "“Enough”".encode() in line


@pytest.mark.parametrize(
    "model", ["rules/baseline", "local/smollm2-135m", "ollama/llama3", "anthropic/claude-x"]
)
def test_models_of_other_protocols_cannot_be_in_a_batch(model: str) -> None:
    provider, _, name = model.partition("/")
    with pytest.raises(ConfigurationError, match="cannot be asked in a batch"):
        check_batchable(open_provider(spec(provider, name)))


def test_modes_that_are_not_our_own_cannot_be_in_a_batch() -> None:
    provider = open_provider(spec())
    check_mode(provider, {"mode": "TOOLS"})
    with pytest.raises(ConfigurationError, match="mode 'responses_tools' cannot"):
        check_mode(provider, {"mode": "responses_tools"})
