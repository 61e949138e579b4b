"""Files are there whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from harness.reports.write import write_files


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
