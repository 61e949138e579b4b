"""The OpenAI SDK as it is: its default client, and the JSON of the answer."""

from __future__ import annotations

import asyncio
import json

from openai import AsyncOpenAI

from benchmarks.batch_peers.contest import Body, arguments, ask_all


async def main() -> None:
    """Ask all requests."""
    url, bodies, in_flight = arguments()
    async with AsyncOpenAI(base_url=url, api_key="none") as client:

        async def ask(body: Body) -> object:
            completion = await client.chat.completions.create(**body)
            return json.loads(completion.choices[0].message.content or "")

        await ask_all(ask, bodies, in_flight)


if __name__ == "__main__":
    asyncio.run(main())
