"""Instructor as its documentation has it: a provider, a mode, a model of the response."""

from __future__ import annotations

import asyncio

import instructor
from pydantic import BaseModel

from benchmarks.batch_peers.contest import Body, arguments, ask_all


class Actor(BaseModel):
    """Somebody the article names."""

    name: str
    kind: str
    role: str | None


class Quote(BaseModel):
    """What somebody said."""

    text: str
    speaker: str | None


class Date(BaseModel):
    """A date and what it stands for."""

    text: str
    value: str


class Sanction(BaseModel):
    """A measure against somebody."""

    target: str
    imposer: str | None
    measure: str
    status: str
    effective: str | None


class Claims(BaseModel):
    """The claims that the article holds."""

    actors: list[Actor]
    quotes: list[Quote]
    dates: list[Date]
    sanctions: list[Sanction]


async def main() -> None:
    """Ask all requests; the schema sent is that of the model above."""
    url, bodies, in_flight = arguments()
    client = instructor.from_provider(
        f"openai/{bodies[0]['model']}",
        async_client=True,
        mode=instructor.Mode.JSON_SCHEMA,
        base_url=url,
        api_key="none",
    )

    async def ask(body: Body) -> object:
        return await client.create(messages=body["messages"], response_model=Claims)

    await ask_all(ask, bodies, in_flight)


if __name__ == "__main__":
    asyncio.run(main())
