from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
from pydantic import BaseModel

from harness.claims import ClaimSchema
from harness.claims.news import NewsClaims
from harness.errors import PromptError
from harness.records import Article, Attempt, Cell, Failure, FailureReason, InvalidItem, Reply
from harness.running import usage_of
from harness.running.plan import RETRYABLE
from harness.settings import ModelSettings, ModelSpec

from .conftest import ARTICLES, GOLD, FakeProvider, Planner, make_provider

BY_TYPE = "---\npasses: by-type\n---\n## user\n{{ article.text }} {{ claim_types[0].name }}"
FOUND = Reply({"actors": [{"name": "Ada"}]})


def test_make_plan_leaves_out_and_counts_articles_without_gold(planner: Planner) -> None:
    plan = planner.plan()
    assert [article.id for article in plan.articles] == ["a1", "a2", "a3"]
    assert plan.n_without_gold == 1
    assert len(plan.requests) == len(plan.unanswered) == 3


def test_make_plan_is_models_by_prompts_by_articles_by_repeats(planner: Planner) -> None:
    prompts = [planner.prompt(), planner.prompt(BY_TYPE, "q")]
    plan = planner.plan(make_provider("x/a"), make_provider("x/b"), prompts=prompts, repeats=2)
    assert list(plan.cells) == [
        *(Cell("x/a", "p"), Cell("x/a", "q")),
        *(Cell("x/b", "p"), Cell("x/b", "q")),
    ]
    assert [len(each) for each in plan.cells.values()] == [6, 24, 6, 24]
    assert len({(each.request.unit.model, each.request.key) for each in plan.requests}) == 60
    assert plan.versions()[Cell("x/b", "q")] == prompts[1].version


def test_make_plan_keeps_the_requests_about_an_article_together(planner: Planner) -> None:
    plan = planner.plan(prompts=[planner.prompt(BY_TYPE)], repeats=2)
    ids = [each.request.unit.article_id for each in plan.requests]
    assert ids == sorted(ids)


def test_make_plan_request_says_all_that_is_asked(planner: Planner) -> None:
    provider = make_provider(temperature=0, max_items=7, max_chars=70)
    request = planner.plan(provider).requests[0].request
    assert request.messages == [{"role": "user", "content": "Text of article 1."}]
    assert request.parameters == {"temperature": 0}
    assert (request.response.bounds.max_items, request.response.bounds.max_chars) == (7, 70)
    assert request.response.claim_types == ("actors", "quotes", "dates", "sanctions")
    assert request.article == ARTICLES[0]


@pytest.mark.parametrize(
    "provider",
    [
        make_provider(base_url="http://127.0.0.1:9/v1"),
        make_provider(api_key_env="MY_KEY"),
        make_provider(concurrency=3, max_attempts=1, max_reasks=0, timeout_s=1),
        make_provider("other/m"),
    ],
)
def test_make_plan_key_has_nothing_of_where_and_how_fast(
    planner: Planner, provider: FakeProvider
) -> None:
    assert planner.keys(provider) == planner.keys()


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": 0},
        {"temperature": 1},
        {"top_p": 0.5},
        {"seed": 7},
        {"max_tokens": 5},
        {"mode": "json"},
        {"extra_body": {"top_k": 1}},
        {"max_items": 5},
        {"max_chars": 50},
    ],
)
def test_make_plan_key_differs_with_what_is_sent(
    planner: Planner, settings: dict[str, object]
) -> None:
    assert not set(planner.keys(make_provider(**settings))) & set(planner.keys())


def test_make_plan_key_differs_with_the_name_that_is_sent(planner: Planner) -> None:
    configured = FakeProvider(ModelSpec("fake/m", "openai", "another", ModelSettings()))
    same_name = FakeProvider(ModelSpec("mine", "openai", "m", ModelSettings()))
    assert not set(planner.keys(configured)) & set(planner.keys())
    assert planner.keys(same_name) == planner.keys()


def test_make_plan_key_differs_with_the_identity(
    planner: Planner, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = planner.keys()
    monkeypatch.setattr(FakeProvider, "known_identity", {"weights": "abc"})
    weights = planner.keys()
    monkeypatch.setattr(FakeProvider, "known_identity", {"weights": "abd"})
    assert len({*before, *weights, *planner.keys()}) == 9


def test_make_plan_key_differs_with_messages_schema_and_repeat(planner: Planner) -> None:
    fewer = Planner(planner.folder)
    fewer.schema = ClaimSchema.from_class(_only_dates())
    keys = {
        *planner.keys(),
        *planner.keys(prompts=[planner.prompt("## user\n{{ article.text }}!")]),
        *planner.keys(prompts=[planner.prompt("## system\n{{ article.text }}\n## user\nGo.")]),
        *planner.keys(articles=[replace(each, text=each.text + "?") for each in ARTICLES]),
        *fewer.keys(prompts=[fewer.prompt()], schema=fewer.schema),
    }
    assert len(keys) == 15
    assert len(set(planner.keys(repeats=3))) == 9
    assert set(planner.keys()) < set(planner.keys(repeats=2))


def _only_dates() -> type[BaseModel]:
    annotation = NewsClaims.model_fields["dates"].annotation
    return type("OnlyDates", (BaseModel,), {"__annotations__": {"dates": annotation}})


def test_make_plan_key_has_nothing_of_what_is_not_rendered(planner: Planner) -> None:
    renamed = [replace(each, source="x", story="y", split="z") for each in ARTICLES]
    assert planner.keys(articles=renamed) == planner.keys()


def test_make_plan_parameters_of_the_prompt_beat_those_of_the_model(planner: Planner) -> None:
    text = "---\nparameters: {temperature: 0.5, max_tokens: 9}\n---\n## user\n{{ article.text }}"
    provider = make_provider(temperature=1, seed=3, max_items=7)
    request = planner.plan(provider, prompts=[planner.prompt(text)]).requests[0].request
    assert request.parameters == {"temperature": 0.5, "seed": 3, "max_tokens": 9}
    assert request.response.bounds.max_items == 7


def test_make_plan_parameters_of_the_prompt_go_the_way_of_the_models(planner: Planner) -> None:
    from harness.providers.baseline import BaselineProvider
    from harness.providers.hosted import HostedProvider

    text = "---\nparameters: {max_tokens: 9}\n---\n## user\n{{ article.text }}"
    hosted = HostedProvider(ModelSpec("openai/x", "openai", "x", ModelSettings(max_tokens=700)))
    rules = BaselineProvider(ModelSpec("rules/baseline", "rules", "baseline", ModelSettings()))
    plan = planner.plan(hosted, rules, prompts=[planner.prompt(text)])
    sent = [each.request.parameters for each in plan.requests]
    names = {"max_tokens", "max_completion_tokens"} & set(sent[0])
    assert [sent[0][name] for name in names] == [9]
    # Nothing is sent to the rules, so nothing changes their keys.
    assert sent[3] == {}


def test_make_plan_prompt_that_fails_on_one_article_fails_before_anything_is_asked(
    planner: Planner,
) -> None:
    prompt = planner.prompt(
        "## user\n{{ article.text }}\n{% if article.id == 'a2' %}{{ typo }}{% endif %}"
    )
    with pytest.raises(PromptError, match=r"p.md:3: 'typo'"):
        planner.plan(prompts=[prompt])


def test_make_plan_answered_requests_are_not_asked(planner: Planner) -> None:
    before = planner.plan()
    planner.answer(before, 1, FOUND)
    plan = planner.plan()
    assert [each.kept is None for each in plan.requests] == [True, False, True]
    assert list(plan.replies(plan.requests)) == [FOUND]
    assert len(plan.unanswered) == 2
    assert len(planner.plan(fresh=True).unanswered) == 3
    assert len(planner.plan(repeats=2).unanswered) == 5
    assert len(planner.plan(make_provider("fake/other")).unanswered) == 3


@pytest.mark.parametrize("reason", get_args(FailureReason))
def test_make_plan_failures_of_the_way_are_asked_again(
    planner: Planner, reason: FailureReason
) -> None:
    planner.answer(planner.plan(), 0, Reply({}, Failure(reason, "x")))
    asked_again = reason in {"rate_limited", "server", "stopped", "timeout", "unreachable"}
    assert len(planner.plan().unanswered) == (3 if asked_again else 2)
    assert (reason in RETRYABLE) is asked_again


@pytest.mark.parametrize("reason", ["refused", "server"])
def test_make_plan_retry_says_which_failures_are_asked_again(planner: Planner, reason: str) -> None:
    planner.answer(planner.plan(), 0, Reply({}, Failure(reason, "x")))
    planner.answer(planner.plan(), 1, FOUND)
    assert len(planner.plan(retry="all").unanswered) == 2
    assert len(planner.plan(retry="none").unanswered) == 1


def test_look_again_finds_what_another_run_has_answered(planner: Planner) -> None:
    plan = planner.plan()
    planner.answer(planner.plan(), 1, FOUND)
    assert len(plan.unanswered) == 3
    plan.look_again()
    assert [each.kept is None for each in plan.requests] == [True, False, True]


def test_a_failure_that_is_to_be_asked_again_counts_until_it_is(planner: Planner) -> None:
    planner.answer(planner.plan(), 0, Reply({}, Failure("server", "down"), raw="earlier"))
    planner.answer(planner.plan(), 1, FOUND)
    plan = planner.plan()
    assert len(plan.unanswered) == 2
    (cell,) = plan.predictions()
    assert [bool(each.failures) for each in cell.predictions] == [True, False]
    assert usage_of(plan.replies(plan.requests)).n_failed == 1


def test_look_again_leaves_to_another_run_what_it_has_tried_again(planner: Planner) -> None:
    failed = Reply({}, Failure("server", "down"))
    planner.answer(planner.plan(), 0, failed)
    plan = planner.plan()
    assert len(plan.unanswered) == 3
    planner.answer(planner.plan(), 0, failed)
    plan.look_again()
    assert [each.kept is None for each in plan.requests] == [False, True, True]
    # The next run tries it once more.
    assert len(planner.plan().unanswered) == 3


def test_make_plan_nothing_to_do(planner: Planner) -> None:
    assert planner.plan(gold={}).requests == ()
    assert planner.plan(gold={}).n_without_gold == 4
    assert planner.plan(prompts=[]).predictions() == []


def test_predictions_only_where_all_requests_are_answered(planner: Planner) -> None:
    prompt = planner.prompt(BY_TYPE)
    before = planner.plan(prompts=[prompt])
    for number in (0, 1, 2, 3, 4, 5, 6):
        name = before.requests[number].request.response.claim_types[0]
        planner.answer(before, number, Reply({name: []}))
    (cell,) = planner.plan(prompts=[prompt]).predictions()
    assert [each.article_id for each in cell.predictions] == ["a1"]
    # What was answered of the others was paid, too.
    assert cell.usage.n_requests == 7
    (prediction,) = cell.predictions
    assert set(prediction.claims) == {"actors", "quotes", "dates", "sanctions"}


def test_predictions_failure_misses_only_its_claim_types(planner: Planner) -> None:
    prompt = planner.prompt(BY_TYPE)
    before = planner.plan(prompts=[prompt], articles=ARTICLES[:1])
    failure = Failure("refused", "no")
    item = InvalidItem("dates", "x", {})
    planner.answer(before, 0, Reply({"actors": [{"name": "Ada"}]}))
    planner.answer(before, 1, Reply({}, failure))
    planner.answer(before, 2, Reply({"dates": []}, invalid_items=(item,)))
    planner.answer(before, 3, Reply({"sanctions": []}))
    (cell,) = planner.plan(prompts=[prompt], articles=ARTICLES[:1]).predictions()
    (prediction,) = cell.predictions
    assert prediction.failures == {"quotes": failure}
    assert prediction.claims == {"actors": [{"name": "Ada"}], "dates": [], "sanctions": []}
    assert prediction.invalid_items == (item,)


def test_predictions_failure_of_a_single_request_misses_all(planner: Planner) -> None:
    planner.answer(planner.plan(), 0, Reply({}, Failure("invalid", "prose")))
    (cell,) = planner.plan().predictions()
    (prediction,) = cell.predictions
    assert set(prediction.failures) == {"actors", "quotes", "dates", "sanctions"}


def test_predictions_repeats_are_kept_apart(planner: Planner) -> None:
    before = planner.plan(repeats=3, articles=ARTICLES[:1])
    for repeat in (2, 0):
        planner.answer(before, repeat, Reply({"actors": [{"name": f"r{repeat}"}]}))
    (cell,) = planner.plan(repeats=3, articles=ARTICLES[:1]).predictions()
    assert [(each.repeat, each.claims["actors"][0]["name"]) for each in cell.predictions] == [
        (0, "r0"),
        (2, "r2"),
    ]


def test_usage_sums_what_the_replies_took(planner: Planner) -> None:
    before = planner.plan()
    attempts = (
        Attempt("server", 0.5),
        Attempt("ok", 1.0, input_tokens=10, output_tokens=3, cached_tokens=4, cost_usd=0.5),
    )
    planner.answer(before, 0, Reply({}, attempts=attempts, reasks=1, warnings=("cut",)))
    planner.answer(before, 1, Reply({}, Failure("refused", "no"), attempts=attempts[1:]))
    plan = planner.plan()
    usage = usage_of(plan.replies(plan.requests))
    assert [each.usage for each in plan.predictions()] == [usage]
    assert (usage.n_requests, usage.n_failed, usage.n_reasks, usage.n_warnings) == (2, 1, 1, 1)
    assert (usage.n_attempts, usage.input_tokens, usage.output_tokens) == (3, 20, 6)
    assert (usage.cached_tokens, usage.cost_usd) == (8, 1.0)
    assert (usage.latency_s, usage.latency_p95_s) == (1.25, 1.475)


@pytest.mark.parametrize(
    ("costs", "total"),
    [
        ([("ok", 0.25), ("rate_limited", None)], 0.25),
        ([("ok", 0.25), ("invalid", None)], None),
        ([("timeout", None)], 0.0),
        ([], 0.0),
    ],
)
def test_usage_cost_is_known_only_where_that_of_every_answer_is(
    costs: list[tuple[str, float | None]], total: float | None
) -> None:
    attempts = tuple(Attempt(outcome, 1.0, cost_usd=cost) for outcome, cost in costs)
    other = Reply({}, attempts=(Attempt("ok", 1.0, cost_usd=1.0),))
    expected = None if total is None else 1.0 + total
    assert usage_of([Reply({}, attempts=attempts), other]).cost_usd == expected


def test_usage_of_a_cell_that_nobody_answered(planner: Planner) -> None:
    plan = planner.plan()
    usage = usage_of(plan.replies(plan.requests))
    assert (usage.n_requests, usage.input_tokens, usage.latency_s) == (0, None, None)
    assert usage.cost_usd is None


def test_make_plan_hostile_ids_change_nothing(planner: Planner) -> None:
    articles = [Article("../../x", "T", None), Article("a\nb\x1b[2J", "U")]
    gold = {article.id: replace(GOLD["a1"], article_id=article.id) for article in articles}
    before = planner.plan(articles=articles, gold=gold)
    for number in (0, 1):
        planner.answer(before, number, FOUND)
    assert planner.plan(articles=articles, gold=gold).unanswered == []
    written = list(planner.folder.rglob("*.jsonl"))
    assert len(written) == 1
