"""The least that a client does: aiohttp, and the JSON of the answer."""

from __future__ import annotations

import asyncio
import json

import aiohttp

from benchmarks.batch_peers.contest import Body, arguments, ask_all


async def main() -> None:
    """Ask all requests."""
    url, bodies, in_flight = arguments()
    limit = aiohttp.TCPConnector(limit=in_flight)
    async with aiohttp.ClientSession(connector=limit) as session:

        async def ask(body: Body) -> object:
            async with session.post(f"{url}/chat/completions", json=body) as response:
                response.raise_for_status()
                completion = await response.json()
            return json.loads(completion["choices"][0]["message"]["content"])

        await ask_all(ask, bodies, in_flight)


if __name__ == "__main__":
    asyncio.run(main())
