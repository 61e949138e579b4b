"""What a person is told of the split of the articles."""

from __future__ import annotations

from collections.abc import Iterable

from harness.cli.output import notice
from harness.corpus import divided_stories
from harness.records import Article

__all__ = ["warn_of_divided_stories"]


def warn_of_divided_stories(articles: Iterable[Article]) -> None:
    """Say which stories are on more than one side of the split."""
    for story, splits in divided_stories(articles).items():
        notice(
            f"warning: articles of story {story!r} are in the splits {', '.join(splits)}: what is "
            "learned from one is known of the others; write the same split for all of them"
        )
