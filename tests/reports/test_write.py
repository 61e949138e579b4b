"""Files are there whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from harness.claims import ClaimSchema
from harness.evaluate import Evaluation, evaluate
from harness.records import Cell, CellPredictions, CellUsage, Gold, Prediction
from harness.reports.write import (
    REPORTS,
    ResultFiles,
    render_reports,
    write_claims,
    write_files,
    write_reports,
)


def test_write_files_writes_utf8_with_unix_line_ends(tmp_path: Path) -> None:
    write_files(tmp_path / "a" / "b", {"x.csv": "é\n", "y.csv": "\n"})
    assert (tmp_path / "a" / "b" / "x.csv").read_bytes() == "é\n".encode()
    assert sorted(path.name for path in (tmp_path / "a" / "b").iterdir()) == ["x.csv", "y.csv"]


def test_write_files_leaves_old_files_and_no_rubbish_where_one_fails(tmp_path: Path) -> None:
    write_files(tmp_path, {"x.csv": "old\n"})
    with pytest.raises(UnicodeEncodeError):
        write_files(tmp_path, {"x.csv": "new\n", "y.csv": "\ud800"})
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]
    assert (tmp_path / "x.csv").read_text() == "old\n"


def test_write_files_are_as_readable_as_other_new_files(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    write_files(tmp_path, {"x.csv": ""})
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_result_files_are_there_all_at_once(tmp_path: Path) -> None:
    with ResultFiles(tmp_path) as files:
        files.write("x.csv", ["a\n", "b\n"])
        files.write("y.csv", ["c\n"])
        files.write("x.csv", ["d\n"])
        assert ("x.csv" in files, "z.csv" in files) == (True, False)
        assert all(name.startswith(".") for name in names_in(tmp_path))
    assert names_in(tmp_path) == ["x.csv", "y.csv"]
    assert (tmp_path / "x.csv").read_text() == "a\nb\nd\n"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("is_new", [True, False])
def test_result_files_leave_nothing_where_something_fails(
    tmp_path: Path, error: BaseException, is_new: bool
) -> None:
    write_files(tmp_path / "old", {"x.csv": "old\n"})
    folder = tmp_path / ("new/deep" if is_new else "old")
    with pytest.raises(type(error)), ResultFiles(folder) as files:
        files.write("x.csv", ["half of "])
        files.write("y.csv", ["all\n"])
        raise error
    assert folder.exists() is not is_new
    assert names_in(tmp_path / "old") == ["x.csv"]
    assert (tmp_path / "old" / "x.csv").read_text() == "old\n"


def test_result_files_remove_only_a_folder_that_was_made_for_them(tmp_path: Path) -> None:
    for is_new in (False, True):
        with pytest.raises(ValueError, match="no"), ResultFiles(tmp_path, is_new=is_new) as files:
            files.write("x.csv", ["x"])
            raise ValueError("no")
        assert tmp_path.exists() is not is_new


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_result_files_that_cannot_be_finished_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is buffered fails when it is written out, and again when the file is closed."""
    opened = Path.open

    def full(path: Path, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        path.touch()
        return opened(Path("/dev/full") if "y.csv" in path.name else path, *arguments, **options)

    monkeypatch.setattr(Path, "open", full)
    folder = tmp_path / "new"
    with pytest.raises(OSError, match="No space left"), ResultFiles(folder) as files:
        files.write("x.csv", ["x\n"])
        files.write("y.csv", ["y\n"])
    assert not folder.exists()


def test_claims_written_while_articles_are_scored_are_those_of_kept_results(
    tmp_path: Path,
    schema: ClaimSchema,
    gold: dict[str, Gold],
    usage: dict[Cell, CellUsage],
) -> None:
    cells = [
        CellPredictions(
            Cell("m", prompt),
            ("dates", "quotes"),
            [
                Prediction(name, {"dates": [{"text": "=1", "value": "2031-04-15"}]}, repeat)
                for name in ("a2", "a1")
                for repeat in range(2)
            ],
        )
        for prompt in "pq"
    ]
    with ResultFiles(tmp_path) as files:
        evaluation = evaluate(cells, gold, schema, each=write_claims(files))
        write_reports(files, evaluation, usage, {})
    assert names_in(tmp_path) == sorted(REPORTS)
    found = {name: (tmp_path / name).read_bytes().decode() for name in REPORTS}
    assert found == render_reports(evaluate(cells, gold, schema), usage, {})
    assert len(found["claims.csv"].splitlines()) > 8


def test_reports_of_kept_results_are_written_as_they_are_rendered(
    tmp_path: Path, evaluation: Evaluation
) -> None:
    with ResultFiles(tmp_path) as files:
        write_reports(files, evaluation, {}, {})
    found = {name: (tmp_path / name).read_bytes().decode() for name in REPORTS}
    assert found == render_reports(evaluation, {}, {})
