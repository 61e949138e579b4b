"""``harness report``: a result again, from its folder alone."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.cli.run import run_batch
from harness.cli.run_options import RunOptions
from harness.reports.csv_text import read_csv

from .conftest import CSV_FILES, FOUND, Done, Folder, predictions

Command = Callable[..., Done]


@pytest.fixture
def run(folder: Folder, command: Command) -> Path:
    """A run, of whose articles, gold, prompts and journal nothing is left."""
    folder.write({"harness.toml": 'articles = "articles"\ndefault_models = ["rules/baseline"]\n'})
    assert run_batch(RunOptions(quiet=True), None, {}) == 0
    (made,) = folder.runs
    for name in ("articles", "gold", "prompts", "results/responses"):
        shutil.rmtree(folder.path / name)
    return made


@pytest.fixture
def scored(folder: Folder, command: Command) -> Path:
    """Predictions that were scored: one article is missing, and one quotation is wrong."""
    found = {name.lower(): claims for name, claims in FOUND.items() if name != "Bravo"}
    found["alpha"] = {**found["alpha"], "quotes": [{"text": "We gave no warning", "speaker": None}]}
    folder.write({"mine.jsonl": predictions(found)})
    assert command("score", "mine.jsonl", "-o", "out/mine").code == 3
    for name in ("articles", "gold", "prompts"):
        shutil.rmtree(folder.path / name)
    (folder.path / "mine.jsonl").unlink()
    return folder.path / "out" / "mine"


def test_report_shows_what_the_run_showed(
    folder: Folder, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = command("run", "-q")
    assert shown.code == 0
    (run,) = folder.runs
    for arguments in ([], ["latest"], [run.name], [f"results/{run.name}"]):
        again = command("report", *arguments)
        assert again.code == 0
        if arguments != [f"results/{run.name}"]:
            assert again.out == shown.out
        assert again.err == f"Results: results/{run.name}\n"
    assert "rules/baseline · one" in shown.out or "rules/baseline  one" in shown.out


def test_report_names_errors_and_how_to_look_further(command: Command, scored: Path) -> None:
    done = command("report", "out/mine")
    assert done.code == 0
    lines = done.out.splitlines()
    (head,) = [number for number, line in enumerate(lines) if "worst articles" in line]
    assert [line.split()[2] for line in lines[head + 1 : head + 3]] == ["bravo", "alpha"]
    assert "failed request 1" in lines[head + 1]
    (head,) = [number for number, line in enumerate(lines) if "most common errors" in line]
    assert lines[head].split()[3:] == ["actors", "quotes", "dates", "sanctions", "all"]
    failed = next(line for line in lines[head:] if line.startswith("failed request"))
    assert failed.split()[2:] == ["1", "0", "1", "0", "2"]
    assert lines[-1] == "Why: harness explain out/mine bravo actors"


def test_command_that_is_shown_explains_the_worst_article(folder: Folder, command: Command) -> None:
    folder.path.joinpath("gold").rename(folder.path / "my gold")
    found = {name.lower(): {**claims, "dates": []} for name, claims in FOUND.items()}
    folder.write({"mine.jsonl": predictions(found)})
    shown = command("score", "mine.jsonl", "-o", "out", "--gold", "my gold").out
    last = shown.splitlines()[-1]
    assert last == "Why: harness explain out bravo dates --gold 'my gold'"
    done = command("explain", "out", "bravo", "dates", "--gold", "my gold")
    assert (done.code, "missed" in done.out) == (0, True)
    # Where nothing was written there is nothing to explain.
    assert "Why:" not in command("score", "mine.jsonl", "--gold", "my gold").out


def test_report_gives_each_format_on_standard_output(command: Command, run: Path) -> None:
    board = command("report", "--format", "csv")
    assert board.out.encode() == (run / "leaderboard.csv").read_bytes()
    for table in ("scores", "claims"):
        done = command("report", "--table", table)
        assert (done.code, done.err) == (0, "")
        assert done.out.encode() == (run / f"{table}.csv").read_bytes()
    assert command("report", "--format", "md").out.startswith(f"### Claim extraction: `{run.name}`")
    suites = ElementTree.fromstring(command("report", "--format", "junit").out.encode())
    assert [suite.get("name") for suite in suites] == ["rules/baseline one", "rules/baseline split"]
    as_json = command("report", "--format", "json")
    assert as_json.json["facts"]["run"] == as_json.json["result"] == run.name
    assert command("report", "--json").out == as_json.out


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("a.csv", "model,prompt,"),
        ("a.md", "### Claim extraction"),
        ("deep/er/a.MARKDOWN", "### Claim extraction"),
        ("a.xml", "<?xml"),
        ("a.json", "{\n"),
        ("a.html", "<!doctype html>"),
        ("a.htm", "<!doctype html>"),
    ],
)
def test_ending_of_the_file_says_the_format(
    folder: Folder, command: Command, run: Path, name: str, beginning: str
) -> None:
    (run / "report.html").write_text("<!doctype html><p>made with the run", encoding="utf-8")
    done = command("report", "latest", "-o", name)
    assert (done.code, done.out, done.err) == (0, "", f"Written: {name}\n")
    path = folder.path / name
    assert path.read_text(encoding="utf-8").startswith(beginning)
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == []
    # Again: what was there is replaced by the same bytes.
    before = path.read_bytes()
    assert command("report", "-o", name).code == 0
    assert path.read_bytes() == before


def test_format_beats_the_ending(folder: Folder, command: Command, run: Path) -> None:
    assert command("report", "-o", "a.txt", "--format", "json").code == 0
    assert json.loads((folder.path / "a.txt").read_text(encoding="utf-8"))["result"] == run.name


def test_byte_order_mark_is_written_where_it_is_asked_for(
    folder: Folder, command: Command, run: Path
) -> None:
    assert command("report", "--table", "scores", "--bom", "-o", "a.csv").code == 0
    written = (folder.path / "a.csv").read_bytes()
    assert written == b"\xef\xbb\xbf" + (run / "scores.csv").read_bytes()
    assert read_csv(folder.path / "a.csv").equals(read_csv(run / "scores.csv"))
    assert command("report", "--bom").out.startswith("\ufeffmodel,prompt,")


@pytest.mark.parametrize("is_there", [True, False])
def test_folder_gets_all_tables(
    folder: Folder, command: Command, run: Path, is_there: bool
) -> None:
    if is_there:
        (folder.path / "tables").mkdir()
    assert command("report", "-o", "tables" if is_there else "tables/", "--bom").code == 0
    found = folder.csv_files(folder.path / "tables")
    assert list(found) == CSV_FILES
    for name, content in folder.csv_files(run).items():
        assert found[name] == b"\xef\xbb\xbf" + content


def test_scored_folder_has_every_format(folder: Folder, command: Command, scored: Path) -> None:
    for name in ("a.csv", "a.md", "a.xml", "a.json"):
        assert command("report", "out/mine", "-o", name).code == 0, name
    assert "1 request failed; what" in (folder.path / "a.md").read_text(encoding="utf-8")
    (suite,) = ElementTree.parse(folder.path / "a.xml").getroot()
    assert (suite.get("name"), suite.get("errors")) == ("mine external", "4")
    found = json.loads((folder.path / "a.json").read_text(encoding="utf-8"))
    assert found["facts"]["predictions"] == "mine.jsonl"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone"], "there is no run or folder 'gone'"),
        (["out"], "no result folder"),
        (["-o", "a.txt"], "its ending says no format (.csv, .md, .html, .xml, .json)"),
        (["-o", "out", "--format", "md"], "is a folder, for tables as CSV"),
        (["-o", "out", "--table", "scores"], "leave --table away"),
        (["--table", "scores", "--format", "md"], "--table: is for CSV, not for md"),
        (["--bom", "-o", "a.json"], "--bom: is for CSV, not for json"),
        (["--format", "html", "-o", "a.html"], "report.html: is not there"),
        (["-o", "mine.jsonl/a.csv"], "cannot be written"),
    ],
)
def test_wrong_input_exits_with_2(
    folder: Folder, command: Command, run: Path, arguments: list[str], message: str
) -> None:
    (run / "report.html").unlink(missing_ok=True)
    folder.write({"out/x.csv": "", "mine.jsonl": ""})
    done = command("report", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert len(done.err.splitlines()) == 1
    assert not (folder.path / "a.html").exists()


def test_files_of_the_result_stay_as_they_are(folder: Folder, command: Command, run: Path) -> None:
    before = folder.csv_files(run)
    for output in (run / "scores.csv", run, f"results/../results/{run.name}/new.csv"):
        done = command("report", "--format", "csv", "--bom", "-o", output)
        assert done.code == 2
        assert "stay as they are" in done.err
    assert folder.csv_files(run) == before


def test_device_is_written_and_not_replaced(folder: Folder, command: Command, run: Path) -> None:
    assert command("report", "--format", "json", "-o", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()
    (folder.path / "linked.csv").symlink_to("real.csv")
    (folder.path / "real.csv").write_text("")
    assert command("report", "-o", "linked.csv").code == 0
    assert (folder.path / "linked.csv").is_symlink()
    assert (folder.path / "real.csv").read_bytes() == (run / "leaderboard.csv").read_bytes()


def on_a_terminal(folder: Folder, *arguments: str, env: dict[str, str]) -> tuple[int, str, str]:
    """The command with a terminal as its standard output: exit code, output, errors."""
    master, slave = os.openpty()
    process = folder.start_on(slave, *arguments, env={"TERM": "xterm-256color", **env})
    os.close(slave)
    shown = b""
    # The end of a terminal that nobody writes to any more is an error.
    with contextlib.suppress(OSError):
        while part := os.read(master, 65_536):
            shown += part
    _, err = process.communicate(timeout=100)
    os.close(master)
    return process.returncode, shown.decode(), err


def test_a_page_is_nothing_for_a_terminal(folder: Folder, command: Command, run: Path) -> None:
    (run / "report.html").write_text("<!doctype html>", encoding="utf-8")
    assert command("report", "--format", "html").out == "<!doctype html>"
    code, shown, err = on_a_terminal(folder, "report", "--format", "html", env={})
    assert (code, shown) == (2, "")
    assert "give -o FILE" in err


def test_colour_is_for_a_terminal_that_wants_it(folder: Folder, run: Path) -> None:
    coloured, plain = (on_a_terminal(folder, "report", env=env) for env in ({}, {"NO_COLOR": "1"}))
    assert coloured[0] == plain[0] == 0
    assert "\x1b[1m" in coloured[1]
    for _, shown, _ in (coloured, plain):
        assert "rules/baseline · one" in shown
        assert not re.search("\x1b\\[[0-9;]*3[0-9]", shown) or shown is coloured[1]
    assert folder.run("report").out.count("\x1b") == 0


def test_rules_run_twice_are_the_same_bytes(folder: Folder, command: Command) -> None:
    """All tables of the same journal, and all that is made of them."""
    for _ in range(2):
        assert command("run", "-q", "-p", "one", "-p", "split").code == 0
    first, second = map(folder.csv_files, folder.runs)
    assert list(first) == CSV_FILES
    assert first == second
    texts = [
        command("report", run.name, "--format", "md").out.replace(run.name, "RUN")
        for run in folder.runs
    ]
    assert texts[0] == texts[1]
