"""`harness check` and `harness baseline` as a user meets them: real files, a real server."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from scripted_server import Body, Reply, ScriptedServer, claims

from harness.cli.main import _main

from .conftest import ROOT, Done, Folder

EXAMPLE = """
An example. The article: "We will not wait," Bo Short said in Veyland on Monday.
Its quotes: "We will not wait".
"""
PROMPT = (
    "---\ndescription: With an example.\n---\n## user\nFind claims in the article of "
    "{{ article.published }}:\n{{ article.text }}\n" + EXAMPLE
)
FOUND = {
    "actors": [
        {"name": "Veyland", "kind": "state", "role": None},
        {"name": "Ostmark", "kind": "state", "role": None},
        {"name": "Ilse Harnack", "kind": "person", "role": "Foreign Minister"},
    ],
    "quotes": [
        {"text": "We gave fair warning", "speaker": "Ilse Harnack"},
        {"text": "They chose not to listen", "speaker": "Ilse Harnack"},
        {"text": "a blunder", "speaker": "Ostmark"},
    ],
    "dates": [
        {"text": "Wednesday", "value": "2031-03-05"},
        {"text": "April 1", "value": "2031-04-01"},
    ],
    "sanctions": [],
}
RUN = ("run", "-m", "mine", "-p", "guided", "--quiet")


def by_example(body: Body) -> Reply:
    """A model that finds quotes only where it was shown one."""
    asked = "\n".join(str(message["content"]) for message in body["messages"])
    return claims(FOUND if "We will not wait" in asked else {**FOUND, "quotes": []})


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        server.answer(by_example)
        yield server


class Work(Folder):
    """A working folder whose commands run in this process, which is quicker."""

    def __init__(self, path: Path, command: Callable[..., Done]) -> None:
        super().__init__(path)
        self.command = command

    def run(self, *arguments: str | Path, **_: object) -> Done:
        return self.command(*arguments)


@pytest.fixture
def work(
    tmp_path: Path,
    model: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Work:
    """A folder of `harness init`, a prompt with an example, and a model that heeds it."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("HARNESS_", "OPENAI_")):
            monkeypatch.delenv(name)

    def command(*arguments: str | Path) -> Done:
        capsys.readouterr()
        code = _main(list(map(str, arguments)))
        return Done(code, *capsys.readouterr())

    work = Work(tmp_path, command)
    assert work.run("init", ".").code == 0
    (tmp_path / "prompts" / "first.md").unlink()
    work.write({"harness.toml": settings(model.base_url), "prompts/guided.md": PROMPT})
    return work


def settings(base_url: str, gates: str = "", more: str = "") -> str:
    return (
        'articles = "articles"\ndefault_models = ["mine"]\n'
        f'{gates}\n[models.mine]\nmodel = "qwen"\nbase_url = "{base_url}"\n{more}'
    )


@pytest.fixture
def saved(work: Work) -> Work:
    """The same, evaluated, with a baseline."""
    assert work.run(*RUN).code == 0
    assert work.run("baseline", "save").code == 0
    return work


def edit(folder: Folder, name: str, old: str, new: str) -> None:
    text = (folder.path / name).read_text(encoding="utf-8")
    assert old in text
    folder.write({name: text.replace(old, new)})


def test_check_unchanged_passes(saved: Work, model: ScriptedServer) -> None:
    n_asked = len(model.requests)
    done = saved.run("check")
    assert (done.code, done.err) == (0, "")
    assert "0 fail, 0 warn, 0 inconclusive" in done.out
    assert len(model.requests) == n_asked


def test_check_a_prompt_without_its_example_loses_quotes(
    saved: Work, model: ScriptedServer
) -> None:
    edit(saved, "prompts/guided.md", EXAMPLE, "")
    n_asked = len(model.requests)
    unevaluated = saved.run("check")
    assert unevaluated.code == 1
    words = " ".join(unevaluated.out.split())
    assert "not evaluated: no reply to 1 of 1 request" in words
    assert "run: harness run -m mine -p prompts/guided.md --update" in words
    # One verdict for the cell, and the word diff although nobody knows what it does.
    assert unevaluated.out.count("  fail ") == 1
    assert "[-" in unevaluated.out
    assert len(model.requests) == n_asked

    assert saved.run(*RUN).code == 0
    evaluated = saved.run("check")
    assert evaluated.code == 1
    words = " ".join(evaluated.out.split())
    assert "F1 of quotes fell by 1.000 to 0.000 from 1.000, more than max_drop = 0.05" in words
    for quote in ("We gave fair warning", "They chose not to listen", "a blunder"):
        assert f"lost “{quote}”" in words
    assert "F1 of dates is 1.000, as it was" in words

    edit(saved, "prompts/guided.md", "{{ article.text }}\n", "{{ article.text }}\n" + EXAMPLE)
    assert saved.run("check").code == 0


def test_check_white_space_that_is_rendered_asks_for_an_evaluation(saved: Work) -> None:
    edit(saved, "prompts/guided.md", "We will not", "We  will not")
    done = saved.run("check")
    assert done.code == 1
    assert "not evaluated" in done.out
    assert "[-·-]{+··+}" in done.out


def test_check_a_description_changes_nothing(saved: Work) -> None:
    edit(saved, "prompts/guided.md", "With an example.", "With one worked example.")
    done = saved.run("check")
    assert (done.code, "0 fail, 0 warn" in done.out) == (0, True)


def test_check_says_that_gold_changed_and_by_how_much(saved: Work) -> None:
    path = saved.path / "gold" / "harbour-dispute.json"
    gold = json.loads(path.read_text(encoding="utf-8"))
    del gold["claims"]["dates"][1]
    path.write_text(json.dumps(gold), encoding="utf-8")
    done = saved.run("check")
    words = " ".join(done.out.split())
    assert done.code == 1
    assert "gold of 1 article has changed since the baseline was saved" in words
    assert "`harness baseline save`" in words
    assert "changed gold: harbour-dispute" in words
    # Two of two dates were right; now one of two is.
    assert "dates 1.000 to 0.667" in words
    # What the edit did is not blamed on the prompt.
    assert "F1 of dates is 0.667, as it was" in words
    assert done.out.count("  fail ") == 1

    assert saved.run("baseline", "save").code == 0
    assert saved.run("check").code == 0


def test_check_gold_and_prompt_change_together(saved: Work) -> None:
    path = saved.path / "gold" / "harbour-dispute.json"
    gold = json.loads(path.read_text(encoding="utf-8"))
    del gold["claims"]["dates"][1]
    path.write_text(json.dumps(gold), encoding="utf-8")
    edit(saved, "prompts/guided.md", EXAMPLE, "")
    assert saved.run(*RUN).code == 0
    words = " ".join(saved.run("check").out.split())
    # The old prompt's replies are found by the text that the baseline has of it.
    assert "dates 1.000 to 0.667" in words
    assert "F1 of dates is 0.667, as it was" in words
    assert "F1 of quotes fell by 1.000" in words


def test_check_needs_no_key_and_no_network(saved: Work) -> None:
    # Nobody listens there, and the key that is named is not set.
    nobody = settings("http://127.0.0.1:9/v1", more='api_key_env = "NO_SUCH_KEY"\n')
    saved.write({"harness.toml": nobody})
    done = Folder(saved.path).run("check")
    assert (done.code, done.err) == (0, "")
    assert saved.run("baseline", "save").code == 0


def test_check_without_a_baseline_is_inconclusive(work: Work) -> None:
    assert work.run(*RUN).code == 0
    done = work.run("check")
    assert done.code == 0
    assert "`harness baseline save`" in " ".join(done.out.split())
    assert "0 fail" in done.out
    assert "5 inconclusive" in done.out


def test_check_json_has_every_verdict(saved: Work) -> None:
    edit(saved, "harness.toml", "[models.mine]", "[gates]\nmin_f1 = 0.9\n[models.mine]")
    done = saved.run("check", "--json")
    assert done.code == 1
    by_id = {each["id"]: each for each in done.json["verdicts"]}
    quotes = by_id["prompts/guided.md::mine::quotes::min_f1"]
    assert (quotes["status"], quotes["value"], quotes["limit"]) == ("pass", 1.0, 0.9)
    sanctions = by_id["prompts/guided.md::mine::sanctions::min_f1"]
    assert (sanctions["status"], sanctions["value"], sanctions["n"]) == ("fail", 0.0, 3)
    assert (done.json["failed"], done.json["baseline"]) == (True, "results/baseline.json")


def test_baseline_save_refuses_what_is_not_evaluated(work: Work) -> None:
    done = work.run("baseline", "save")
    assert (done.code, done.out) == (2, "")
    assert "mine guided: no reply to 1 of 1 request; run: harness run" in done.err
    assert "harness run -m mine -p prompts/guided.md --update" in done.err
    assert not (work.path / "results" / "baseline.json").exists()


def test_baseline_save_of_some_cells_leaves_the_others(saved: Work) -> None:
    path = saved.path / "results" / "baseline.json"
    before = path.read_text(encoding="utf-8")
    other = ("-m", "rules/baseline")
    assert saved.run("run", *other, "--quiet").code == 0
    done = saved.run("baseline", "save", *other)
    assert (done.code, "no more in the baseline" in done.err) == (0, False)
    both = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert [cell["model"] for cell in both] == ["mine", "rules/baseline"]
    assert both[0] == json.loads(before)["cells"][0]
    # All of the settings is all that there is.
    done = saved.run("baseline", "save")
    assert "no more in the baseline: rules/baseline guided" in done.err
    assert path.read_text(encoding="utf-8") == before


def test_baseline_save_of_some_cells_by_other_gold_says_which_go(saved: Work) -> None:
    other = ("-m", "rules/baseline")
    assert saved.run("run", *other, "--quiet").code == 0
    edit(saved, "gold/harbour-dispute.json", "2031-04-01", "2031-04-02")
    done = saved.run("baseline", "save", *other)
    assert (done.code, "no more in the baseline: mine guided" in done.err) == (0, True)
    document = json.loads((saved.path / "results" / "baseline.json").read_text(encoding="utf-8"))
    assert [cell["model"] for cell in document["cells"]] == ["rules/baseline"]


def test_baseline_of_a_run_is_that_of_its_recordings(saved: Work) -> None:
    path = saved.path / "results" / "baseline.json"
    recorded = path.read_text(encoding="utf-8")
    assert saved.run("baseline", "save", "latest").code == 0
    assert path.read_text(encoding="utf-8") == recorded


def test_check_a_run_finds_what_the_recordings_do(saved: Work) -> None:
    edit(saved, "prompts/guided.md", EXAMPLE, "")
    assert saved.run(*RUN).code == 0
    recorded, run = saved.run("check", "--json"), saved.run("check", "latest", "--json")
    assert (recorded.code, run.code) == (1, 1)

    def told(document: dict[str, list[dict[str, object]]]) -> list[tuple[object, object]]:
        return [(each["id"], each["message"]) for each in document["verdicts"]]

    assert told(run.json) == told(recorded.json)
    assert run.json["cells"] == recorded.json["cells"]


def test_baseline_show(saved: Work) -> None:
    shown, listed = saved.run("baseline", "show"), saved.run("baseline", "show", "--json")
    assert "guided" in shown.out
    assert listed.json["n_articles"] == 1
    (cell,) = listed.json["cells"]
    assert cell["scores"]["lenient"]["quotes"]["f1"] == 1
    assert cell["scores"]["lenient"]["sanctions"]["recall"] == 0
    assert cell["scores"]["lenient"]["sanctions"]["precision"] is None


def test_the_example_of_the_page_runs(saved: Work, capsys: pytest.CaptureFixture[str]) -> None:
    page = (ROOT / "docs" / "regression.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(from .*?)^```$", page, re.MULTILINE | re.DOTALL)
    capsys.readouterr()
    exec(example.replace("rules/baseline", "mine"), {})
    printed = capsys.readouterr().out.splitlines()
    assert "prompts/guided.md::mine::quotes::max_drop" in printed
    assert printed[-1] == "False 7 ()"


def test_a_wrong_format_is_wrong_usage(saved: Work) -> None:
    done = saved.run("check", "--format", "xml")
    assert (done.code, done.out) == (2, "")
    assert "there are text, md, junit, github, json" in done.err


def test_check_writes_to_a_file(saved: Work) -> None:
    done = saved.run("check", "-o", Path("out") / "check.txt")
    assert (done.code, done.out) == (0, "")
    assert "as it was" in (saved.path / "out" / "check.txt").read_text(encoding="utf-8")
