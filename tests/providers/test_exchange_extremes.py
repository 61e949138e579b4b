"""Replies that are huge, broken or many, and connections that are closed in between."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from asking import (
    CLAIMS,
    GOOD,
    MODES,
    ask,
    asked,
    compact,
    exchange,
    make_request,
    outcomes,
    until,
)
from scripted_server import ScriptedServer, claims, text

from harness.journal import Journal
from harness.records import Reply


@pytest.mark.parametrize("mode", MODES)
def test_a_reply_of_the_wrong_form_fails_under_its_reason(mode: str) -> None:
    contents = {
        "I am sorry, there are no claims.": "invalid",
        "null": "invalid",
        "[]": "invalid",
        '"actors"': "invalid",
        "{}": "invalid",
        '{"actors": []}': "invalid",
        '{"actors": null, "quotes": []}': "invalid",
        '{"actors": {}, "quotes": []}': "invalid",
        '{"actors": [], "quotes": [': "invalid",
        "[" * 100_000: "invalid",
        '{"a":' * 100_000: "invalid",
        "[" * 5_000 + "]" * 5_000: "invalid",
        '{"actors": [' + "[" * 300 + "]" * 300 + '], "quotes": []}': "invalid",
        "\ud83d half a character": "invalid",
        "   ": "empty",
        "": "empty",
    }
    with ScriptedServer() as server:
        server.script(*(claims(content) for content in contents for _ in range(2)))
        replies = ask(exchange(server, max_reasks=1), *[make_request(mode)] * len(contents))
    for reply, (content, reason) in zip(replies, contents.items(), strict=True):
        assert reply.failure is not None, content[:50]
        assert (reply.failure.reason, outcomes(reply)) == (reason, [reason, reason])
        assert reply.raw == content.replace("\ud83d", "\ufffd")
        assert (reply.claims, reply.reasks) == ({}, 1)
        assert len(reply.failure.message) <= 301


@pytest.mark.parametrize("mode", MODES)
def test_ten_megabytes_are_read_and_not_sent_back(mode: str) -> None:
    huge = {"actors": [*GOOD["actors"], {"name": "x" * 10_000_000, "kind": "?"}], "quotes": []}
    with ScriptedServer() as server:
        server.script(claims(huge), claims(GOOD))
        started = time.monotonic()
        reply = asked(server, make_request(mode))
        took_s = time.monotonic() - started
    assert (reply.claims, reply.reasks) == (CLAIMS, 1)
    assert len(compact(server.requests[1].body)) < 200_000
    assert took_s < 20


def test_a_flood_of_bad_items_neither_floods_the_reask_nor_the_message() -> None:
    with ScriptedServer() as server:
        server.answer(lambda _: claims({"actors": [{}] * 50_000, "quotes": []}))
        reply = asked(server, max_reasks=1)
    assert len(compact(server.requests[1].body)) < 200_000
    assert len(reply.invalid_items) == 50
    assert reply.warnings == ("actors: 50000 items cut to 50",)


def test_half_a_character_inside_an_item_can_be_written_down(tmp_path: Path) -> None:
    request = make_request()
    with ScriptedServer() as server:
        server.answer(
            lambda _: text('{"actors": [], "quotes": [{"text": "\\ud83d", "speaker": null}]}')
        )
        reply = asked(server, request, max_reasks=1)
    assert reply.claims == {"actors": [], "quotes": [{"text": "\ufffd"}]}
    Journal(tmp_path).append("key", request.unit, ("actors",), reply)
    [path] = (tmp_path / "responses").rglob("*.jsonl")
    assert path.read_text(encoding="utf-8")


def test_fifty_requests_are_in_flight_at_once() -> None:
    async def all_at_once() -> list[Reply]:
        asker = exchange(server)
        try:
            return await asyncio.gather(*(asker.ask(make_request()) for _ in range(50)))
        finally:
            await asker.close()

    with ScriptedServer() as server:
        server.answer(lambda _: claims(GOOD, delay_s=0.5))
        started = time.monotonic()
        replies = asyncio.run(all_at_once())
        took_s = time.monotonic() - started
    assert [reply.claims for reply in replies] == [CLAIMS] * 50
    assert took_s < 10  # one after the other would take 25 s
    assert len(server.requests) == 50


@pytest.mark.filterwarnings("error")
def test_closing_in_the_middle_of_a_request_leaves_nothing_open() -> None:
    async def cancel() -> None:
        asker = exchange(server)
        asking = [asyncio.create_task(asker.ask(make_request())) for _ in range(5)]
        await until(lambda: len(server.requests) == 5)
        for each in asking:
            each.cancel()
        results = await asyncio.gather(*asking, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in results)
        await asker.close()

    with ScriptedServer() as server:
        server.answer(lambda _: claims(GOOD, delay_s=30))
        asyncio.run(cancel())
