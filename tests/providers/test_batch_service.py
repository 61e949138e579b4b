from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest
from asking import make_request, spec
from batch_server import BatchServer
from scripted_server import claims

from harness.errors import BatchLost, ProviderError
from harness.providers import batch_service, open_provider
from harness.providers.batch_input import check_batchable, exchange_of, input_line
from harness.providers.batch_service import BatchService, Unsure

KEY = "sk-secret-0123456789"
T = TypeVar("T")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    monkeypatch.setenv("MY_KEY", KEY)
    with BatchServer() as server:
        yield server


def using(server: BatchServer, use: Callable[[BatchService], Awaitable[T]], address: str = "") -> T:
    """Use a service and close it."""
    settings = {"base_url": address or server.base_url, "api_key_env": "MY_KEY"}
    provider = check_batchable(open_provider(spec(**settings)))

    async def run() -> T:
        service = BatchService(provider)
        try:
            return await use(service)
        finally:
            await service.close()

    return asyncio.run(run())


def an_input(server: BatchServer) -> bytes:
    provider = check_batchable(open_provider(spec(base_url=server.base_url)))
    return input_line(exchange_of(provider), make_request())


def test_a_batch_from_its_input_to_its_output(server: BatchServer) -> None:
    server.script(claims({"actors": [], "quotes": []}))

    async def use(service: BatchService) -> bytes:
        file_id = await service.upload("mine", io.BytesIO(an_input(server)))
        made = await service.create("mine", file_id)
        assert (made.status, made.has_ended, made.n_requests) == ("validating", False, 1)
        state = await service.retrieve(made.id)
        assert (state.status, state.has_ended, state.n_completed) == ("completed", True, 1)
        (output_file_id,) = state.file_ids
        output = io.BytesIO()
        await service.download(output_file_id, output)
        return output.getvalue()

    assert b'"custom_id": "key"' in using(server, use)
    (batch,) = server.batches.values()
    assert batch.metadata == {"harness_batch": "mine"}
    sent = {request.headers["authorization"] for request in server.requests}
    assert sent == {f"Bearer {KEY}"}
    assert "openai-organization" not in server.requests[0].headers


def test_a_batch_is_found_by_its_input_on_any_page(
    server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_service, "_PAGE", 2)

    async def use(service: BatchService) -> None:
        made = []
        for number in range(5):
            file_id = await service.upload(f"b{number}", io.BytesIO(an_input(server)))
            made.append((file_id, (await service.create(f"b{number}", file_id)).id))
        now = max(batch.created_at for batch in server.batches.values())
        for number, (file_id, batch_id) in enumerate(made):
            for name, its_file in ((f"b{number}", "other"), ("other", file_id)):
                found = await service.find(name, its_file, now)
                assert found is not None and found.id == batch_id
        assert await service.find("other", "other", now) is None
        server.batches[made[-1][1]].created_at = now - 3 * 24 * 3600
        n_before = len(server.requests)
        assert await service.find("other", "other", now) is None
        assert len(server.requests) == n_before + 1

    using(server, use)


def test_what_the_server_does_not_know_is_lost(server: BatchServer) -> None:
    with pytest.raises(BatchLost, match="batch batch_x cannot be looked at"):
        using(server, lambda service: service.retrieve("batch_x"))
    with pytest.raises(BatchLost, match="file file-x cannot be fetched"):
        using(server, lambda service: service.download("file-x", io.BytesIO()))


def test_a_batch_is_asked_for_once_where_the_answer_is_lost(server: BatchServer) -> None:
    server.lose = ["made"]

    async def use(service: BatchService) -> None:
        file_id = await service.upload("mine", io.BytesIO(an_input(server)))
        await service.create("mine", file_id)

    with pytest.raises(Unsure, match="no batch can be made"):
        using(server, use)
    assert (server.n_made, len(server.batches)) == (1, 1)


def test_what_is_wrong_is_said_without_the_key(server: BatchServer) -> None:
    with pytest.raises(ProviderError, match="HTTP 400: Invalid input file") as caught:
        using(server, lambda service: service.create("mine", f"file-{KEY}"))
    assert not isinstance(caught.value, Unsure)
    server.refuse = [{"code": "x", "message": f"not with {KEY}", "line": 3}, {"message": "why"}]

    async def use(service: BatchService) -> tuple[str, ...]:
        file_id = await service.upload("mine", io.BytesIO(an_input(server)))
        return (await service.retrieve((await service.create("mine", file_id)).id)).errors

    assert using(server, use) == ("line 3: x: not with ***", "why")


def test_a_server_that_is_not_there_is_not_sure(
    server: BatchServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_service, "_MAX_RETRIES", 0)
    with pytest.raises(Unsure, match="cannot be looked at") as caught:
        using(server, lambda service: service.retrieve("batch_x"), "http://127.0.0.1:9/v1")
    assert KEY not in str(caught.value)
