from __future__ import annotations

import pytest

from harness.providers import open_provider
from harness.providers.prices import ListPrice, SetPrice, list_price
from harness.settings import ModelSettings, ModelSpec, PriceSettings


def spec(provider: str, name: str, **settings: object) -> ModelSpec:
    return ModelSpec("mine", provider, name, ModelSettings.model_validate(settings))


def test_a_price_of_the_settings_is_for_a_million_tokens() -> None:
    price = SetPrice(PriceSettings(input=2, output=10, cached_input=0.5))
    assert price.cost_usd(1_000_000, 0) == 2
    assert price.cost_usd(0, 1_000_000) == 10
    assert price.cost_usd(1000, 100, n_cached=400) == pytest.approx(
        (600 * 2 + 400 * 0.5 + 100 * 10) / 1e6
    )


def test_cached_input_costs_as_other_input_where_nothing_is_said() -> None:
    price = SetPrice(PriceSettings(input=2, output=10))
    assert price.cost_usd(1000, 0, n_cached=400) == price.cost_usd(1000, 0)


def test_more_cached_than_read_is_all_that_was_read() -> None:
    price = SetPrice(PriceSettings(input=2, output=10, cached_input=1))
    assert price.cost_usd(100, 0, n_cached=500) == price.cost_usd(100, 0, n_cached=100)


def test_a_listed_model_is_priced_under_its_own_provider_only() -> None:
    listed = list_price(spec("openai", "gpt-4o-mini"))
    assert listed is not None
    cost = listed.cost_usd(1_000_000, 0)
    assert cost is not None and cost > 0
    assert list_price(spec("openai", "no-such-model-of-anyone")) is None
    assert list_price(spec("no-such-provider", "gpt-4o-mini")) is None


def test_cached_tokens_are_cheaper_by_the_list() -> None:
    price = ListPrice("openai", "gpt-4o-mini")
    plain, cached = price.cost_usd(1000, 10), price.cost_usd(1000, 10, n_cached=1000)
    assert plain is not None and cached is not None and cached < plain


@pytest.mark.parametrize(
    ("model", "is_known"),
    [
        (spec("openai", "gpt-4o-mini"), True),
        (spec("openai", "gpt-4o-mini", base_url="http://127.0.0.1:9/v1"), False),
        (spec("openai", "gpt-4o-mini", base_url="https://api.openai.com/v1"), True),
        (spec("ollama", "gpt-4o-mini"), False),
        (spec("ollama", "x", price={"input": 1, "output": 1}), True),
        (spec("anthropic", "claude-3-5-haiku-latest"), True),
        (spec("local", "smollm2-135m"), True),
        (spec("rules", "baseline"), True),
    ],
)
def test_a_server_of_ones_own_has_no_listed_price(
    monkeypatch: pytest.MonkeyPatch, model: ModelSpec, is_known: bool
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert (open_provider(model).lane.price is not None) is is_known


def test_a_server_in_openais_place_has_no_listed_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert open_provider(spec("openai", "gpt-4o-mini")).lane.price is None


def test_what_runs_here_costs_nothing() -> None:
    price = open_provider(spec("local", "smollm2-135m")).lane.price
    assert price is not None
    assert price.cost_usd(1000, 1000) == 0
