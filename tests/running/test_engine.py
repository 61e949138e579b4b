from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from scripted_server import Body, ScriptedServer, claims
from scripted_server import Reply as Sent

from harness.errors import CellStopped, ConfigurationError, JournalError, ProviderError
from harness.journal import Journal
from harness.providers.hosted import HostedProvider
from harness.records import Attempt, Cell, Failure, Gold, Prediction, Reply, Request
from harness.running import Outcome, Plan, PlannedRequest, Progress, ask_all, usage_of
from harness.settings import ModelSettings, ModelSpec

from .conftest import ARTICLES, GOLD, FakeProvider, Planner, make_provider, moved

EMPTY: dict[str, object] = {"actors": [], "quotes": [], "dates": [], "sanctions": []}


class Heard(Progress):
    """Remembers what it hears, and looks into the journal on disk each time."""

    def __init__(self, planner: Planner) -> None:
        self.planner = planner
        self.n_answered = 0
        self.cost_usd = 0.0
        self.stops: list[tuple[str, str]] = []

    def answered(self, planned: PlannedRequest, reply: Reply) -> None:
        assert planned.kept is not None
        found = self.planner.journal.find(planned.key, planned.unit)
        assert found is not None
        assert (found.claims, found.failure) == (reply.claims, reply.failure)
        self.n_answered += 1
        self.cost_usd += reply.cost_usd or 0.0

    def stopped(self, model: str, reason: str) -> None:
        self.stops.append((model, reason))


def ask(planner: Planner, plan: Plan, grace_s: float = 5) -> tuple[Outcome, Heard]:
    heard = Heard(planner)
    return ask_all(plan, heard, grace_s=grace_s), heard


def predictions(plan: Plan) -> list[tuple[Cell, list[Prediction]]]:
    return [(each.cell, list(each.predictions)) for each in plan.predictions()]


def many_articles(n: int) -> dict[str, object]:
    articles = [replace(ARTICLES[0], id=f"m{i}", text=f"Text number {i}.") for i in range(n)]
    return {"articles": articles, "gold": {each.id: Gold(each.id, {}) for each in articles}}


def test_ask_all_answers_everything_and_keeps_it(planner: Planner) -> None:
    providers = [make_provider("x/a"), make_provider("x/b")]
    plan = planner.plan(*providers)
    outcome, heard = ask(planner, plan)
    assert outcome == Outcome()
    assert plan.unanswered == []
    assert heard.n_answered == 6
    assert [provider.n_closed for provider in providers] == [1, 1]
    again = planner.plan(make_provider("x/a"), make_provider("x/b"))
    assert again.unanswered == []
    assert predictions(again) == predictions(plan)


def test_ask_all_nothing_to_ask_opens_nothing(planner: Planner) -> None:
    provider = make_provider()
    plan = planner.plan(provider, articles=[])
    assert ask_all(plan, Progress()) == Outcome()
    assert provider.n_closed == 0
    assert not (planner.folder / "results").exists()


def test_ask_all_in_the_order_of_the_plan(planner: Planner) -> None:
    provider = make_provider(concurrency=1)
    plan = planner.plan(provider, repeats=2)
    ask(planner, plan)
    assert provider.asked == [planned.request for planned in plan.requests]


@pytest.mark.parametrize("concurrency", [1, 3, 100])
def test_ask_all_concurrency_bound_of_each_model(planner: Planner, concurrency: int) -> None:
    in_flight = {"x/a": 0, "x/b": 0}
    most = dict(in_flight)

    async def answer(request: Request) -> Reply:
        model = request.unit.model
        in_flight[model] += 1
        most[model] = max(most[model], in_flight[model])
        await asyncio.sleep(0.005)
        in_flight[model] -= 1
        return Reply({})

    providers = [
        make_provider("x/a", answer, concurrency=concurrency),
        make_provider("x/b", answer, concurrency=2),
    ]
    ask(planner, planner.plan(*providers, **many_articles(12)))
    assert most == {"x/a": min(concurrency, 12), "x/b": 2}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


def hosted(server: ScriptedServer, **settings: object) -> HostedProvider:
    values = {"base_url": server.base_url, "max_attempts": 1, "max_reasks": 0, **settings}
    return HostedProvider(ModelSpec("mine", "openai", "m", ModelSettings.model_validate(values)))


def test_ask_all_concurrency_bound_at_the_server(planner: Planner, server: ScriptedServer) -> None:
    delay_s, n, concurrency = 0.15, 20, 4
    server.answer(lambda body: claims(EMPTY, delay_s=delay_s))
    plan = planner.plan(hosted(server, concurrency=concurrency), **many_articles(n))
    ask(planner, plan)
    assert plan.unanswered == []
    arrivals = sorted(request.received_s for request in server.requests)
    assert len(arrivals) == n
    in_flight = [sum(t <= start < t + delay_s for t in arrivals) for start in arrivals]
    assert max(in_flight) == concurrency


def test_ask_all_one_stopped_model_leaves_the_others_running(planner: Planner) -> None:
    async def refuse(request: Request) -> Reply:
        raise CellStopped("the key is not accepted")

    async def slowly(request: Request) -> Reply:
        await asyncio.sleep(0.02)
        return Reply({})

    bad = make_provider("x/bad", refuse, concurrency=1)
    good = make_provider("x/good", slowly, concurrency=1)
    plan = planner.plan(bad, good)
    outcome, heard = ask(planner, plan)
    assert outcome == Outcome(stopped={"x/bad": "the key is not accepted"})
    assert heard.stops == [("x/bad", "the key is not accepted")]
    assert len(bad.asked) == 1
    assert {each.unit.model for each in plan.unanswered} == {"x/bad"}
    assert len(plan.unanswered) == len(good.asked) == 3


def test_ask_all_replies_under_way_when_a_model_stops_are_kept(planner: Planner) -> None:
    async def answer(request: Request) -> Reply:
        if request.unit.article_id == "m0":
            await asyncio.sleep(0.01)
            raise CellStopped("no quota left")
        await asyncio.sleep(0.05)
        return Reply({})

    plan = planner.plan(make_provider(answer=answer, concurrency=3), **many_articles(9))
    outcome, heard = ask(planner, plan)
    assert list(outcome.stopped) == ["fake/m"]
    assert heard.n_answered == 2
    assert len(plan.unanswered) == 7


def test_ask_all_many_stops_of_a_model_are_one(planner: Planner) -> None:
    async def refuse(request: Request) -> Reply:
        raise CellStopped(f"no {request.unit.article_id}")

    plan = planner.plan(make_provider(answer=refuse, concurrency=9), **many_articles(9))
    outcome, heard = ask(planner, plan)
    assert outcome.stopped == {"fake/m": "no m0"}
    assert len(heard.stops) == 1


def test_ask_all_model_that_cannot_be_asked_at_all_stops_alone(planner: Planner) -> None:
    async def broken(request: Request) -> Reply:
        raise ProviderError("the server did not start")

    good = make_provider("x/good")
    outcome, _ = ask(planner, planner.plan(make_provider("x/bad", broken), good))
    assert outcome.stopped == {"x/bad": "the server did not start"}
    assert len(good.asked) == 3


class FullJournal(Journal):
    """Has room for so many replies."""

    room = 2

    def write(self, *arguments: object) -> None:
        if self.room == 0:
            raise JournalError("no room left")
        self.room -= 1
        super().write(*arguments)  # type: ignore[arg-type]


def test_ask_all_journal_error_stops_everything(planner: Planner) -> None:
    async def answer(request: Request) -> Reply:
        await asyncio.sleep(0.01)
        return Reply({})

    providers = [make_provider(f"x/{name}", answer, concurrency=2) for name in "abc"]
    journal = FullJournal(planner.folder / "results")
    plan = planner.plan(*providers, **many_articles(20), journal=journal)
    outcome, _ = ask(planner, plan)
    assert outcome == Outcome(journal_error="no room left")
    assert len(planner.plan(*providers, **many_articles(20)).unanswered) == 58
    assert sum(len(provider.asked) for provider in providers) <= 12
    assert [provider.n_closed for provider in providers] == [1, 1, 1]


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), ConfigurationError("gone")])
def test_ask_all_other_errors_come_out_as_they_are(planner: Planner, error: Exception) -> None:
    async def answer(request: Request) -> Reply:
        if request.unit.article_id == "m3":
            raise error
        return Reply({})

    provider = make_provider(answer=answer, concurrency=1)
    with pytest.raises(type(error), match=str(error)):
        ask(planner, planner.plan(provider, **many_articles(9)))
    assert provider.n_closed == 1
    assert len(planner.plan(make_provider(), **many_articles(9)).unanswered) == 6


def test_ask_all_failures_are_replies(planner: Planner) -> None:
    async def answer(request: Request) -> Reply:
        return Reply({}, Failure("refused", "no"))

    plan = planner.plan(make_provider(answer=answer))
    outcome, heard = ask(planner, plan)
    assert outcome == Outcome()
    assert (heard.n_answered, plan.unanswered) == (3, [])


def test_ask_all_same_question_is_asked_once(planner: Planner) -> None:
    articles = [*ARTICLES[:3], *map(moved, ARTICLES[:3])]
    gold = {article.id: replace(GOLD["a1"], article_id=article.id) for article in articles}
    n_asked = 0

    async def answer(request: Request) -> Reply:
        nonlocal n_asked
        n_asked += 1
        return Reply({"actors": [{"name": f"answer {n_asked}"}]})

    plan = planner.plan(make_provider(answer=answer), articles=articles, gold=gold)
    _, heard = ask(planner, plan)
    assert (n_asked, heard.n_answered, plan.unanswered) == (3, 6, [])
    again = planner.plan(make_provider(), articles=articles, gold=gold)
    assert again.unanswered == []
    assert predictions(again) == predictions(plan)


class SlowJournal(Journal):
    """On a disk that takes its time."""

    def sync(self) -> None:
        time.sleep(0.5)
        super().sync()


def test_ask_all_reply_that_arrives_while_the_disk_is_busy_counts_as_answered(
    planner: Planner,
) -> None:
    async def answer(request: Request) -> Reply:
        # The second comes after the first is being synced, and before that has ended.
        await asyncio.sleep(0.4 if request.unit.article_id == "m1" else 0)
        return Reply({})

    journal = SlowJournal(planner.folder / "results")
    provider = make_provider(answer=answer, concurrency=2)
    plan = planner.plan(provider, **many_articles(2), journal=journal)
    _, heard = ask(planner, plan)
    assert (heard.n_answered, plan.unanswered) == (2, [])


def test_ask_all_same_question_is_paid_and_counted_once(planner: Planner) -> None:
    articles = [*ARTICLES[:2], *map(moved, ARTICLES[:2])]
    gold = {article.id: replace(GOLD["a1"], article_id=article.id) for article in articles}

    async def answer(request: Request) -> Reply:
        return Reply({}, attempts=(Attempt("ok", 1.0, 10, 5, cost_usd=0.5),))

    plan = planner.plan(make_provider(answer=answer), articles=articles, gold=gold)
    _, heard = ask(planner, plan)
    assert (heard.n_answered, heard.cost_usd) == (4, 1.0)
    usage = usage_of(plan.replies(plan.requests))
    assert (usage.n_requests, usage.input_tokens, usage.cost_usd) == (2, 20, 1.0)


def test_ask_all_listener_that_fails_ends_the_run_and_is_heard_of(planner: Planner) -> None:
    class Broken(Progress):
        def answered(self, planned: PlannedRequest, reply: Reply) -> None:
            raise ZeroDivisionError("a bug in a listener")

    async def slowly(request: Request) -> Reply:
        await asyncio.sleep(0.3)
        return Reply({})

    provider = make_provider(answer=slowly, concurrency=1)
    plan = planner.plan(provider, **many_articles(40))
    with pytest.raises(ZeroDivisionError, match="a bug in a listener"):
        ask_all(plan, Broken())
    assert len(provider.asked) < 10
    assert provider.n_closed == 1


def test_ask_all_stopped_model_is_not_asked_by_those_that_rest(planner: Planner) -> None:
    provider = make_provider(concurrency=2)
    sent = []

    async def answer(request: Request) -> Reply:
        if request.unit.article_id == "m0":
            await provider.lane.rest(60)
            sent.append(request)
        await asyncio.sleep(0.01)
        raise CellStopped("no quota left")

    provider.answer = answer
    started = time.monotonic()
    outcome, _ = ask(planner, planner.plan(provider, **many_articles(4)))
    assert time.monotonic() - started < 30
    assert outcome.stopped == {"fake/m": "no quota left"}
    assert sent == []


def test_ask_all_same_question_to_two_models_is_asked_of_both(planner: Planner) -> None:
    one, other = (
        FakeProvider(ModelSpec(model_id, "openai", "m", ModelSettings())) for model_id in "ab"
    )
    ask(planner, planner.plan(one, other))
    assert len(one.asked) == len(other.asked) == 3


@pytest.mark.parametrize("room", [0, 4])
def test_ask_all_interrupt_keeps_what_is_answered(planner: Planner, room: int) -> None:
    n_answered = 0

    async def answer(request: Request) -> Reply:
        nonlocal n_answered
        if n_answered == room:
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
            await asyncio.sleep(60)
        n_answered += 1
        return Reply({})

    before = signal.getsignal(signal.SIGINT)
    provider = make_provider(answer=answer, concurrency=1)
    plan = planner.plan(provider, **many_articles(9))
    started = time.monotonic()
    outcome, heard = ask(planner, plan, grace_s=0.2)
    assert time.monotonic() - started < 5
    assert outcome == Outcome(interrupted=True)
    assert heard.n_answered == room
    assert provider.n_closed == 1
    assert len(planner.plan(make_provider(), **many_articles(9)).unanswered) == 9 - room
    assert signal.getsignal(signal.SIGINT) is before


def test_ask_all_interrupt_while_a_real_server_hangs(
    planner: Planner, server: ScriptedServer
) -> None:
    def answer(body: Body) -> Sent:
        number = len(server.requests)
        if number > 5:
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        return claims(EMPTY, delay_s=30 if number > 5 else 0)

    server.answer(answer)
    plan = planner.plan(hosted(server, concurrency=1), **many_articles(9))
    started = time.monotonic()
    outcome, heard = ask(planner, plan, grace_s=0.2)
    assert time.monotonic() - started < 10
    assert outcome.interrupted
    assert heard.n_answered == 5
