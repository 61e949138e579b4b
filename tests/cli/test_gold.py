from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from .conftest import ROOT, Folder


def change(folder: Folder, name: str, **claims: list[dict[str, Any]]) -> None:
    path = folder.path / "gold" / f"{name}.json"
    gold = json.loads(path.read_text())
    gold["claims"] |= claims
    path.write_text(json.dumps(gold))


def test_gold_check_of_what_ships(empty: Folder) -> None:
    for name in ("seeds", "gold"):
        shutil.copytree(ROOT / name, empty.path / name)
    done = empty.run("gold", "check", "--json")
    assert (done.code, done.json, done.err) == (0, [], "5 gold files are fine.\n")


def test_gold_check_says_file_field_and_reason_of_every_problem(folder: Folder) -> None:
    change(folder, "alpha", dates=[{"text": "March 9", "value": "2031-02-30", "evidence": "Alpha"}])
    change(folder, "bravo", actors=[{"name": "Ostmark", "kind": "state", "evidence": "Bravo"}])
    shown, listed = folder.run_all([["gold", "check"], ["gold", "check", "--json"]])
    assert shown.code == listed.code == 1
    lines = shown.out.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["gold/alpha.json", "dates[0].text"],
        ["gold/alpha.json", "dates[0].value"],
        ["gold/bravo.json", "actors[0].name"],
    ]
    assert "is not in the article" in lines[0]
    assert shown.err == "3 problems.\n"
    assert [f"{each['where']}: {each['what']}" for each in listed.json] == lines


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('{"article_id": "alpha", "claims": ', "gold/alpha.json: is not JSON"),
        ('{"article_id": "alpha", "claims": {"quots": []}}', "gold/alpha.json: quots"),
        ('{"article_id": "x", "claims": {}}', "gold/alpha.json: article_id"),
    ],
)
def test_gold_check_file_of_another_form(folder: Folder, content: str, expected: str) -> None:
    folder.write({"gold/alpha.json": content})
    done = folder.run("gold", "check")
    assert done.code == 1
    assert done.out.startswith(expected)
    assert done.err == "1 problem.\n"


def test_gold_check_of_a_broken_file_checks_the_others_too(folder: Folder) -> None:
    folder.write({"gold/alpha.json": "{"})
    change(folder, "bravo", actors=[{"name": "Ostmark", "kind": "state", "evidence": "Bravo"}])
    lines = folder.run("gold", "check").out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["gold/alpha.json", "gold/bravo.json"]


def test_gold_check_without_gold_or_articles_exits_with_2(folder: Folder) -> None:
    commands = [["gold", "check", "--gold", "none"], ["gold", "check", "--articles", "none"]]
    for done in folder.run_all(commands):
        assert (done.code, done.out) == (2, "")
        assert "none: is not there" in done.err


def test_gold_schema_is_a_json_schema(empty: Folder) -> None:
    done = empty.run("gold", "schema")
    assert (done.code, done.err) == (0, "")
    assert done.json["$schema"].startswith("https://json-schema.org/")
    assert "claims" in done.json["properties"]
