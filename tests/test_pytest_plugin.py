"""The pytest plugin as its users meet it: a whole pytest, real files, replies of a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from scripted_server import Body, Reply, ScriptedServer, claims, error

# A pytest in this process forgets what it imported, and numpy cannot be imported twice.
import harness.pytest_plugin.collecting
import harness.pytest_plugin.scores

pytest_plugins = ("pytester",)

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
TYPES = ("actors", "quotes", "dates", "sanctions")
IDS = {
    "results/baseline.json::baseline",
    *(
        f"prompts/guided.md::{model}::{claim_type}::{gate}"
        for model in ("mine", "rules/baseline")
        for claim_type in ("overall", *TYPES)
        for gate in ("recordings", "min_f1", "max_drop")
        if (claim_type, gate) != ("sanctions", "min_f1")
        if claim_type == "overall" or gate != "recordings"
    ),
}
OWN_TEST = "def test_own():\n    assert True\n"


def by_example(body: Body) -> Reply:
    """A model that finds quotes only where it was shown one."""
    asked = "\n".join(str(message["content"]) for message in body["messages"])
    return claims(FOUND if "We will not wait" in asked else {**FOUND, "quotes": []})


def settings(base_url: str) -> str:
    return (
        'articles = "articles"\ndefault_models = ["mine", "rules/baseline"]\n'
        f'[models.mine]\nmodel = "qwen"\nbase_url = "{base_url}"\nmax_attempts = 1\n'
        "[gates]\nmin_f1 = 0.2\n"
        '[[gates.override]]\nclaim_type = "sanctions"\nmin_f1 = false\n'
    )


def clean_environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    return {**kept, "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}


def harness(folder: Path, *arguments: str) -> None:
    """Run a command that is to end well."""
    done = subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder,
        env=clean_environment(folder),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        server.answer(by_example)
        yield server


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory, model: ScriptedServer) -> Path:
    """A folder of `harness init`, a prompt with an example, evaluated, with a baseline."""
    folder = tmp_path_factory.mktemp("evaluated")
    harness(folder, "init", ".")
    (folder / "prompts" / "first.md").unlink()
    (folder / "prompts" / "guided.md").write_text(PROMPT, encoding="utf-8")
    (folder / "harness.toml").write_text(settings(model.base_url), encoding="utf-8")
    harness(folder, "run", "--quiet")
    harness(folder, "baseline", "save")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_own.py").write_text(OWN_TEST, encoding="utf-8")
    return folder


class Work:
    """The folder, and pytest in it."""

    def __init__(self, pytester: pytest.Pytester, model: ScriptedServer) -> None:
        self.path = pytester.path
        self.model = model
        self._pytester = pytester

    def pytest(self, *arguments: str, apart: bool = False) -> pytest.RunResult:
        """Run pytest to its end; nothing that a user meets is a fault of ours.

        Parameters
        ----------
        apart
            In a process of its own, which takes longer.
        """
        run = self._pytester.runpytest_subprocess if apart else self._pytester.runpytest_inprocess
        result = run(*arguments)
        said = str(result.stdout) + str(result.stderr)
        assert "INTERNALERROR" not in said
        assert "Traceback" not in said
        return result

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.path / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit_gold(self) -> None:
        """Take the second of two dates out of the gold."""
        path = self.path / "gold" / "harbour-dispute.json"
        gold = json.loads(path.read_text(encoding="utf-8"))
        del gold["claims"]["dates"][1]
        path.write_text(json.dumps(gold), encoding="utf-8")


@pytest.fixture
def work(
    pytester: pytest.Pytester,
    evaluated: Path,
    model: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Work:
    shutil.copytree(evaluated, pytester.path, dirs_exist_ok=True)
    for name in os.environ:
        if name.startswith(("HARNESS_", "OPENAI_", "PYTEST_ADDOPTS")):
            monkeypatch.delenv(name)
    for name in ("CI", "BUILD_NUMBER"):
        # There pytest says all of a failure once more in its summary.
        monkeypatch.delenv(name, raising=False)
    # Each pytest of a test makes folders for itself.
    monkeypatch.setenv("PYTEST_DEBUG_TEMPROOT", str(pytester.path))
    return Work(pytester, model)


def ids(result: pytest.RunResult) -> set[str]:
    """What was collected, as `--collect-only -q` tells it."""
    return {line for line in result.outlines if "::" in line}


def words(result: pytest.RunResult) -> str:
    return " ".join(str(result.stdout).split())


def test_collects_gates_beside_the_users_own_tests(work: Work) -> None:
    collect = ("--collect-only", "-q")
    assert ids(work.pytest("--harness", *collect)) == {*IDS, "tests/test_own.py::test_own"}
    work.write("pytest.ini", "[pytest]\ntestpaths = tests\n")
    assert ids(work.pytest("--harness", *collect)) == {*IDS, "tests/test_own.py::test_own"}
    # What is named is all that is collected.
    named = ids(work.pytest("--harness", "prompts/guided.md", *collect))
    assert named == IDS - {"results/baseline.json::baseline"}
    assert ids(work.pytest("--harness", "tests", *collect)) == {"tests/test_own.py::test_own"}


def test_collects_nothing_of_gates_unless_they_are_wanted(work: Work) -> None:
    assert ids(work.pytest("--collect-only", "-q")) == {"tests/test_own.py::test_own"}
    result = work.pytest("prompts/guided.md")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    work.write("pytest.ini", "[pytest]\nharness = true\ntestpaths = tests\n")
    assert ids(work.pytest("--collect-only", "-q")) == {*IDS, "tests/test_own.py::test_own"}


def test_imports_nothing_that_is_not_used(work: Work) -> None:
    work.write(
        "conftest.py",
        "import sys\ndef pytest_sessionfinish():\n"
        "    heavy = {'numpy', 'pydantic', 'jinja2', 'openai', 'rich', 'yaml'}\n"
        "    ours = {name for name in sys.modules if name.split('.')[0] == 'harness'}\n"
        "    print('IMPORTED', sorted(ours | heavy & set(sys.modules)))\n",
    )
    result = work.pytest("-s", apart=True)
    result.assert_outcomes(passed=1)
    assert "IMPORTED ['harness', 'harness.pytest_plugin']" in words(result)


def test_collecting_reads_no_article_and_scores_nothing(work: Work) -> None:
    shutil.rmtree(work.path / "articles")
    shutil.rmtree(work.path / "gold")
    assert ids(work.pytest("--harness", "--collect-only", "-q", "prompts")) >= {
        "prompts/guided.md::mine::quotes::max_drop"
    }


def test_tour_of_somebody_who_deletes_the_example(work: Work) -> None:
    n_asked = len(work.model.requests)
    work.pytest("--harness").assert_outcomes(passed=22)

    work.edit("prompts/guided.md", EXAMPLE, "")
    unevaluated = work.pytest("--harness", "-rf")
    # Whichever gates somebody chooses: none passes on what nobody has evaluated.
    unevaluated.assert_outcomes(passed=2, failed=20)
    said = words(unevaluated)
    assert "not evaluated: no reply to 1 of 1 request; run: harness run -m mine -p " in said
    assert "prompts/guided.md --update" in said
    assert '[- An example. The article: "We will not wait,"' in said
    assert len(work.model.requests) == n_asked

    harness(work.path, "run", "--update", "-p", "prompts/guided.md", "--quiet")
    evaluated = work.pytest("--harness", "-rf", "-k", "mine")
    said = words(evaluated)
    failed = {line for line in evaluated.outlines if line.startswith("FAILED")}
    assert {line.split()[1] for line in failed} == {
        f"prompts/guided.md::mine::{claim_type}::{gate}"
        for claim_type, gate in (
            ("overall", "max_drop"),
            ("quotes", "max_drop"),
            ("quotes", "min_f1"),
        )
    }
    assert "F1 of quotes fell by 1.000 to 0.000 from 1.000, more than max_drop = 0.05 (n = " in said
    for quote in ("We gave fair warning", "They chose not to listen", "a blunder"):
        # In each of the three, once.
        assert said.count(f"lost “{quote}”") == 3
    assert "[- An example. The article:" in said

    work.edit("prompts/guided.md", "{{ article.text }}\n", "{{ article.text }}\n" + EXAMPLE)
    work.pytest("--harness").assert_outcomes(passed=22)


def test_tour_of_somebody_who_changes_only_white_space(work: Work) -> None:
    work.edit("prompts/guided.md", "We will not", "We  will not")
    result = work.pytest("--harness", "-k", "recordings and mine")
    result.assert_outcomes(failed=1)
    assert "[-·-]{+··+}" in words(result)
    assert "run: harness run -m mine -p prompts/guided.md --update" in words(result)


def test_tour_of_somebody_who_changes_the_description(work: Work) -> None:
    work.edit("prompts/guided.md", "With an example.", "With one worked example.")
    work.pytest("--harness").assert_outcomes(passed=22)


def test_tour_of_somebody_who_edits_gold(work: Work) -> None:
    work.edit_gold()
    result = work.pytest("--harness", "-rf")
    result.assert_outcomes(passed=21, failed=1)
    result.stdout.fnmatch_lines(["FAILED results/baseline.json::baseline - *"])
    said = words(result)
    assert "gold of 1 article has changed since the baseline was saved" in said
    assert "mine guided: the baseline's own replies move in F1" in said
    assert "dates 1.000 to 0.667" in said


def test_gates_are_chosen_by_keyword_marker_and_id(work: Work) -> None:
    chosen = ids(work.pytest("--harness", "--collect-only", "-q", "-k", "quotes and min_f1"))
    assert chosen == {
        "prompts/guided.md::mine::quotes::min_f1",
        "prompts/guided.md::rules/baseline::quotes::min_f1",
    }
    strict = ("--strict-markers", "--collect-only", "-q")
    assert ids(work.pytest("--harness", "-m", "harness", *strict)) == IDS
    others = ids(work.pytest("--harness", "-m", "not harness", *strict))
    assert others == {"tests/test_own.py::test_own"}
    # An id that a failure shows can be given back to pytest.
    one = "prompts/guided.md::rules/baseline::quotes::min_f1"
    assert ids(work.pytest("--harness", one, "--collect-only", "-q")) == {one}


def test_without_a_baseline_gates_that_need_it_are_skipped(work: Work) -> None:
    (work.path / "results" / "baseline.json").unlink()
    result = work.pytest("--harness", "-rs")
    result.assert_outcomes(passed=11, skipped=10)
    result.stdout.fnmatch_lines(
        ["SKIPPED * prompts/guided.md*there is no baseline to compare with: `harness baseline*"]
    )


def test_a_warning_is_shown_and_never_an_error(work: Work) -> None:
    work.write("prompts/second.md", PROMPT.replace("Find claims", "Find all claims"))
    harness(work.path, "run", "-m", "rules/baseline", "-m", "mine", "-p", "second", "--quiet")
    for more in (("-W", "error"), ("-W", "error", "-n", "2")):
        result = work.pytest("--harness", *more, apart=True)
        result.assert_outcomes(passed=32, skipped=10, warnings=2)
        result.stdout.fnmatch_lines(["*mine second is not in the baseline: *"])


def test_workers_of_xdist_evaluate_once(work: Work) -> None:
    work.write(
        "conftest.py",
        "from pathlib import Path\n"
        "def pytest_runtest_setup(item):\n"
        "    import harness.regression.check as check\n"
        "    real = check.standing_by_recordings\n"
        "    if not hasattr(check, 'is_counted'):\n"
        "        check.is_counted = True\n"
        "        def counted(recorded):\n"
        f"            with Path({str(work.path / 'scored')!r}).open('a') as file:\n"
        "                file.write('x')\n"
        "            return real(recorded)\n"
        "        check.standing_by_recordings = counted\n",
    )
    work.edit("prompts/guided.md", EXAMPLE, "")
    harness(work.path, "run", "--update", "-p", "prompts/guided.md", "--quiet")
    result = work.pytest("--harness", "-n", "3", "-rf", apart=True)
    result.assert_outcomes(passed=19, failed=3)
    assert (work.path / "scored").read_text() == "x"
    assert words(result).count("lost “a blunder”") == 3


def test_junit_has_figures(work: Work) -> None:
    work.pytest(
        "--harness", "-p", "no:cacheprovider", "--junitxml", "report.xml", "-k", "quotes"
    ).assert_outcomes(passed=4)
    (case,) = (
        case
        for case in ElementTree.parse(work.path / "report.xml").iter("testcase")
        if case.get("name") == "min_f1" and "mine" in str(case.get("classname"))
    )
    found = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert found == {
        "status": "pass",
        "value": "1.0",
        "limit": "0.2",
        "n": "3.0",
        "n_of": "gold claim",
    }
    assert not (work.path / ".pytest_cache").exists()


def test_settings_are_those_of_the_rootdir(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    work.write("pytest.ini", "[pytest]\n")
    work.edit("prompts/guided.md", EXAMPLE, "")
    monkeypatch.chdir(work.path / "tests")
    result = work.pytest("--harness", "-k", "mine and recordings or own", "-rA")
    result.assert_outcomes(passed=1, failed=1)
    # Paths are those of the rootdir, in ids as in what is to be run there.
    assert "run: harness run -m mine -p prompts/guided.md --update" in words(result)
    assert f"(in {work.path})" in words(result)
    assert "FAILED ../prompts/guided.md::mine::overall::recordings" in words(result)


def test_settings_may_be_in_a_folder_of_their_own(work: Work) -> None:
    inner = work.path / "evaluation"
    inner.mkdir()
    for name in ("articles", "gold", "prompts", "results", "harness.toml"):
        shutil.move(work.path / name, inner / name)
    assert work.pytest("--harness").ret == pytest.ExitCode.USAGE_ERROR
    result = work.pytest("--harness", "--harness-dir", "evaluation")
    result.assert_outcomes(passed=22)
    work.write("pytest.ini", "[pytest]\nharness_dir = evaluation\nharness = true\n")
    found = ids(work.pytest("--collect-only", "-q"))
    assert {each for each in found if "own" not in each} == {f"evaluation/{each}" for each in IDS}


def test_only_the_prompts_of_the_settings_unless_named(work: Work) -> None:
    work.write("prompts/second.md", PROMPT.replace("Find claims", "Find all claims"))
    work.edit("harness.toml", "[models", 'default_prompts = ["guided"]\n[models')
    assert ids(work.pytest("--harness", "--collect-only", "-q", "prompts")) == IDS - {
        "results/baseline.json::baseline"
    }
    named = ids(work.pytest("--harness", "--collect-only", "-q", "prompts/second.md"))
    assert {each.partition("::")[0] for each in named} == {"prompts/second.md"}


@pytest.mark.parametrize("ini", ["", "[pytest]\ntestpaths = tests\n"])
def test_prompts_of_the_settings_may_be_elsewhere(work: Work, ini: str) -> None:
    work.write("pytest.ini", ini)
    work.write("drafts/second.md", PROMPT.replace("Find claims", "Find all claims"))
    default = 'default_prompts = ["prompts/guided.md", "drafts/second.md"]\n[models'
    work.edit("harness.toml", "[models", default)
    found = work.pytest("--harness", "--collect-only", "-q")
    files = [line.partition("::")[0] for line in found.outlines if "::" in line]
    n_gates = len(IDS) - 1
    assert files.count("prompts/guided.md") == files.count("drafts/second.md") == n_gates


@pytest.mark.parametrize("chosen", [(), ("prompts/guided.md",)])
def test_broken_settings_are_said_plainly(work: Work, chosen: tuple[str, ...]) -> None:
    work.edit("harness.toml", "min_f1 = 0.2", "min_f1 = 3")
    result = work.pytest("--harness", *chosen)
    assert result.ret in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERRUPTED)
    said = str(result.stdout) + str(result.stderr)
    assert "harness.toml: gates.min_f1" in said
    assert "less than or equal to 1" in said
    # Nobody else's tests are held up.
    work.pytest("--harness", "tests").assert_outcomes(passed=1)


def test_broken_prompt_is_a_collection_error(work: Work) -> None:
    work.edit("prompts/guided.md", "{{ article.text }}", "{{ article.txt }}")
    result = work.pytest("--harness")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*ERROR collecting prompts/guided.md*", "*txt*"])


def test_broken_gold_is_an_error_and_no_failed_gate(work: Work) -> None:
    work.write("gold/harbour-dispute.json", "{")
    for more in ((), ("-n", "2")):
        result = work.pytest("--harness", "prompts", "-k", "recordings", *more, apart=bool(more))
        result.assert_outcomes(errors=2)
        assert "gold/harbour-dispute.json" in words(result)
        assert "another exception occurred" not in words(result)


def test_fixtures_give_scores_and_compare(work: Work) -> None:
    work.write(
        "tests/test_scores.py",
        """
import os
from math import isnan

def test_scores(claim_scores, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scores = claim_scores("mine", "guided")
    assert list(scores) == ["actors", "quotes", "dates", "sanctions", "overall"]
    quotes = scores["quotes"]["lenient"]
    assert (quotes.precision, quotes.recall, quotes.f1) == (1, 1, 1)
    assert (quotes.n_gold, quotes.n_predicted, quotes.n_articles, quotes.n_failed) == (3, 3, 1, 0)
    assert scores["sanctions"]["strict"].recall == 0
    assert isnan(scores["sanctions"]["strict"].precision)
    assert os.getcwd() == str(tmp_path)

def test_no_regression(assert_no_regression):
    assert_no_regression("mine", "guided")
    assert_no_regression("rules/baseline", "prompts/guided.md", "quotes", max_drop=0)

def test_sanctions_can_be_compared(assert_no_regression):
    assert_no_regression("mine", "guided", "sanctions")
""",
    )
    work.pytest("-p", "no:xdist").assert_outcomes(passed=4)
    work.edit("prompts/guided.md", EXAMPLE, "")
    unevaluated = work.pytest("-k", "regression")
    unevaluated.assert_outcomes(failed=1)
    assert "not evaluated: no reply to 1 of 1 request; run: harness run -m mine" in words(
        unevaluated
    )
    harness(work.path, "run", "--update", "-p", "prompts/guided.md", "--quiet")
    evaluated = work.pytest("-k", "regression")
    evaluated.assert_outcomes(failed=1)
    said = words(evaluated)
    assert "F1 of quotes fell by 1.000 to 0.000 from 1.000, more than max_drop = 0.05" in said
    assert "lost “a blunder”" in said
    # The reader sees the line of the test, and nothing of ours.
    assert '> assert_no_regression("mine", "guided")' in said
    assert "scores.py" not in said.replace("test_scores.py", "")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('claim_scores("mine", "nothing")', "there is no prompt 'nothing'"),
        ('claim_scores("nobody", "guided")', "unknown model 'nobody'"),
        ('assert_no_regression("mine", "guided", "verbs")', "there is no claim type 'verbs'"),
        ('assert_no_regression("mine", "guided", max_drop=2)', "max_drop = 2"),
    ],
)
def test_fixtures_say_what_is_wrong(work: Work, call: str, message: str) -> None:
    work.write("tests/test_own.py", f"def test_it(claim_scores, assert_no_regression):\n    {call}")
    result = work.pytest("tests")
    result.assert_outcomes(failed=1)
    assert message in words(result)
    # The reader sees the line of the test alone.
    assert "contextlib" not in words(result)
    assert "scores.py" not in words(result)


def test_assert_no_regression_needs_a_baseline(work: Work) -> None:
    (work.path / "results" / "baseline.json").unlink()
    work.write(
        "tests/test_own.py",
        'def test_it(assert_no_regression):\n    assert_no_regression("mine", "guided")',
    )
    result = work.pytest("tests")
    result.assert_outcomes(failed=1)
    assert "there is no baseline to compare with" in words(result)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_live_asks_what_is_missing_once(work: Work, workers: tuple[str, ...]) -> None:
    work.edit("prompts/guided.md", "An example.", "A worked example.")
    n_asked = len(work.model.requests)
    assert work.pytest("--harness-live", "--collect-only", "-q").ret == 0
    assert len(work.model.requests) == n_asked
    result = work.pytest("--harness-live", *workers, apart=bool(workers))
    result.assert_outcomes(passed=22)
    result.stdout.fnmatch_lines(["harness: harness run --update -m mine -m rules/baseline -p *"])
    assert len(work.model.requests) == n_asked + 1
    again = work.pytest("--harness-live", *workers, apart=bool(workers))
    again.assert_outcomes(passed=22)
    again.stdout.no_fnmatch_line("harness: harness run*")
    assert len(work.model.requests) == n_asked + 1


def test_live_asks_only_of_gates_that_are_chosen(work: Work) -> None:
    work.edit("prompts/guided.md", "An example.", "Another example.")
    n_asked = len(work.model.requests)
    work.pytest("--harness-live", "-k", "rules").assert_outcomes(passed=10)
    assert len(work.model.requests) == n_asked
    result = work.pytest("--harness-live", "-k", "rules", "-n", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "before tests are chosen by -k" in str(result.stderr)


def test_live_says_why_a_model_could_not_be_asked(work: Work) -> None:
    work.edit("prompts/guided.md", "An example.", "One example.")
    with ScriptedServer() as refusing:
        refusing.answer(lambda body: error(401, "no such key"))
        work.edit("harness.toml", work.model.base_url, refusing.base_url)
        result = work.pytest("--harness-live", "prompts", "-k", "mine")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "1 request could not be asked" in str(result.stderr)
    assert "no such key" in str(result.stderr)


def test_tests_of_the_page_run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parent.parent
    for name in os.environ:
        if name.startswith("HARNESS_"):
            monkeypatch.delenv(name)
    for name in ("seeds", "gold", "prompts"):
        shutil.copytree(root / name, pytester.path / name)
    cell = ("-m", "rules/baseline", "-p", "guided")
    harness(pytester.path, "run", "--quiet", *cell)
    harness(pytester.path, "baseline", "save", *cell)
    page = (root / "docs" / "regression.md").read_text(encoding="utf-8")
    (tests,) = re.findall(r"^```python\n(def test_.*?)^```", page, re.MULTILINE | re.DOTALL)
    pytester.makepyfile(tests)
    pytester.runpytest_inprocess().assert_outcomes(passed=3)
