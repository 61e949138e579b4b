from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Done, Folder

Command = Callable[..., Done]


@pytest.fixture
def other(folder: Folder) -> Callable[..., None]:
    """Write the gold of another labeller: that of the first, but for some claim types."""
    shutil.copytree(folder.path / "gold", folder.path / "theirs")

    def change(name: str, **claims: list[dict[str, Any]]) -> None:
        path = folder.path / "theirs" / f"{name}.json"
        gold = json.loads(path.read_text())
        gold["claims"] |= claims
        gold["labeller"] = "somebody else"
        path.write_text(json.dumps(gold))

    return change


def rows_of(done: Done) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["claim_type"], row["level"]): row for row in done.json if row["slice"] == "all"}


def test_agree_with_oneself_is_perfect(command: Command, other: Callable[..., None]) -> None:
    shown, listed = command("gold", "agree", "theirs"), command("gold", "agree", "theirs", "--json")
    assert (shown.code, shown.err, listed.code) == (0, "", 0)
    assert "theirs · labelled" in " ".join(shown.out.split())
    assert {row["model"] for row in listed.json} == {"theirs"}
    rows = rows_of(listed)
    assert {row["f1"] for key, row in rows.items() if key[0] != "sanctions"} == {1}
    # Neither has a sanction: there is nothing to agree on.
    assert rows["sanctions", "lenient"]["f1"] is None
    assert rows["overall", "lenient"]["n_types"] == 3


def test_agree_says_where_labellers_differ(command: Command, other: Callable[..., None]) -> None:
    quote = {"text": "We gave a fair warning", "speaker": "Bo Short", "evidence": "x"}
    date = {"text": "March 3", "value": "2031-03-03", "evidence": "x", "event": "x"}
    other("alpha", quotes=[quote], dates=[date, {**date, "value": "2031-03-04"}])
    done = command("gold", "agree", "theirs", "--json")
    rows = rows_of(done)
    assert rows["quotes", "strict"]["f1"] == 1 / 2
    assert rows["quotes", "lenient"]["f1"] == 1
    assert (rows["dates", "lenient"]["tp"], rows["dates", "lenient"]["fp"]) == (2, 1)
    assert rows["actors", "strict"]["f1"] == 1


def test_agree_forgives_what_the_other_calls_optional(
    command: Command, other: Callable[..., None]
) -> None:
    actor = {"name": "Veyland", "kind": "state", "role": None, "evidence": "x"}
    more = {**actor, "name": "Ostmark", "optional": True}
    other("bravo", actors=[{**actor, "optional": True}, more])
    rows = rows_of(command("gold", "agree", "theirs", "--json"))
    assert rows["actors", "strict"]["f1"] == 1
    assert rows["actors", "strict"]["tp"] == 3


def test_agree_on_the_articles_that_both_labelled(
    command: Command, other: Callable[..., None], folder: Folder
) -> None:
    (folder.path / "theirs" / "alpha.json").unlink()
    (folder.path / "gold" / "bravo.json").unlink()
    done = command("gold", "agree", "theirs", "--json")
    assert done.code == 0
    assert rows_of(done)["actors", "strict"]["n_articles"] == 1
    assert "not in theirs, left out: alpha" in done.err
    assert "not in gold, left out: bravo" in done.err


def test_agree_takes_the_same_options_as_others(
    command: Command, other: Callable[..., None], folder: Folder
) -> None:
    shutil.move(folder.path / "gold", folder.path / "mine")
    done = command("gold", "agree", "theirs", "--gold", "mine", "--seed", "5", "--json")
    assert done.code == 0
    assert "|seed:5|" in done.json[0]["signature"]
    # A single file of gold will do.
    one = command("gold", "agree", "theirs/alpha.json", "--gold", "mine", "--json")
    assert rows_of(one)["actors", "strict"]["n_articles"] == 1


def test_agree_needs_no_article(
    command: Command, other: Callable[..., None], folder: Folder
) -> None:
    folder.write({"harness.toml": ""})
    assert command("gold", "agree", "theirs").code == 0


def test_agree_leaves_out_a_type_that_the_other_did_not_label_in_an_article(
    command: Command, other: Callable[..., None], folder: Folder
) -> None:
    path = folder.path / "theirs" / "alpha.json"
    gold = json.loads(path.read_text())
    del gold["claims"]["quotes"]
    path.write_text(json.dumps(gold))
    row = rows_of(command("gold", "agree", "theirs", "--json"))["quotes", "strict"]
    assert (row["n_articles"], row["f1"]) == (2, 1)


def test_agree_without_an_article_in_common_exits_with_2(
    command: Command, other: Callable[..., None], folder: Folder
) -> None:
    for name in ("alpha", "bravo"):
        (folder.path / "theirs" / f"{name}.json").unlink()
    (folder.path / "gold" / "charlie.json").unlink()
    done = command("gold", "agree", "theirs")
    assert (done.code, done.out) == (2, "")
    assert "theirs and gold have no article in common" in done.err


def test_agree_wrong_input_exits_with_2(
    command: Command, other: Callable[..., None], folder: Folder
) -> None:
    folder.write({"theirs/alpha.json": "{", "gold/bravo.json": "[]"})
    done = command("gold", "agree", "theirs")
    assert (done.code, done.out) == (2, "")
    # Both folders at once.
    assert "theirs/alpha.json: is not JSON" in done.err
    assert "gold/bravo.json" in done.err
    done = command("gold", "agree", "nowhere")
    assert (done.code, done.out) == (2, "")
    assert "nowhere: is not there" in done.err
