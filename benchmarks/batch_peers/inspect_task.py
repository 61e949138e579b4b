"""A task of inspect-ai: the same messages, and a scorer that does next to nothing."""

from __future__ import annotations

import json
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import includes
from inspect_ai.solver import generate


@task
def claims(requests: str) -> Task:
    """Ask all requests of a file."""
    with Path(requests).open(encoding="utf-8") as file:
        samples = [
            Sample(id=number, input=_messages(json.loads(line)["messages"]), target="Ada Long")
            for number, line in enumerate(file)
        ]
    return Task(dataset=MemoryDataset(samples), solver=generate(), scorer=includes())


def _messages(messages: list[dict[str, str]]) -> list[ChatMessage]:
    kinds = {"system": ChatMessageSystem, "user": ChatMessageUser}
    return [kinds[each["role"]](content=each["content"]) for each in messages]
