"""Journal files put in order: what stays, what goes, and what a run at the same time sees."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from harness.errors import JournalError
from harness.journal import Journal, Tidied, journal_files, tidy_file, unreferenced_raw
from harness.records import Failure, Reply, Unit

UNIT = Unit("openai/m", "direct", "abc", "b")
FIRST, SECOND = Reply({"dates": []}, raw="first"), Reply({"dates": []}, raw="second")
FAILED = Reply({}, Failure("refused", "I won't."))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path)


def keep(
    journal: Journal,
    key: str,
    reply: Reply = FIRST,
    *,
    article: str = "b",
    types: tuple[str, ...] = ("quotes",),
    repeat: int = 0,
) -> Path:
    unit = replace(UNIT, article_id=article, repeat=repeat)
    journal.append(key, unit, types, reply)
    return journal.path_of(unit)


def tidy(path: Path) -> Tidied:
    return tidy_file(path, refuse)


def refuse(path: Path) -> None:
    raise AssertionError(f"nobody else writes {path}")


def keys(path: Path) -> list[str]:
    return [json.loads(line)["key"] for line in path.read_text("utf-8").splitlines()]


def test_tidy_sorts_by_article_claim_types_repeat_and_key(journal: Journal) -> None:
    keep(journal, "6", article="b")
    keep(journal, "4", article="a", types=("quotes",), repeat=10)
    keep(journal, "3", article="a", types=("quotes",), repeat=9)
    keep(journal, "2", article="a", types=("actors", "quotes"))
    keep(journal, "1b", article="a", types=("actors",))
    path = keep(journal, "1a", article="a", types=("actors",))
    keep(journal, "5", article="a b")
    before = set(path.read_bytes().splitlines())
    tidied = tidy(path)
    assert keys(path) == ["1a", "1b", "2", "3", "4", "5", "6"]
    # The lines themselves are what they were.
    assert set(path.read_bytes().splitlines()) == before
    assert path.read_bytes().endswith(b"}\n")
    assert (tidied.n_kept, tidied.n_superseded, tidied.n_torn) == (7, 0, 0)
    assert (tidied.rewritten, tidied.set_aside) == (True, None)


def test_tidy_keeps_the_last_valid_line_of_a_key(journal: Journal) -> None:
    keep(journal, "k", FAILED)
    keep(journal, "other", SECOND)
    path = keep(journal, "k", SECOND)
    with path.open("ab") as file:
        file.write(b'{"key": "k", "claims": "damaged"}\n')
    tidied = tidy(path)
    assert (tidied.n_kept, tidied.n_superseded, tidied.n_torn) == (2, 1, 1)
    after = Journal(journal.folder.parent)
    assert after.find("k", UNIT) == after.find("other", UNIT) == SECOND
    assert after.torn == {}


def test_tidy_sets_torn_lines_aside_and_drops_blank_ones(journal: Journal) -> None:
    path = keep(journal, "k1")
    whole = path.read_bytes()
    torn = whole[:-20]
    path.write_bytes(torn + b"\n\n  \n" + whole.strip() + b"\r\n\n\xff\xfe\n")
    tidied = tidy(path)
    assert path.read_bytes() == whole
    assert (tidied.n_kept, tidied.n_torn) == (1, 2)
    aside = path.with_name(path.name + ".torn")
    assert tidied.set_aside == aside
    assert aside.read_bytes() == torn + b"\n\xff\xfe\n"
    # It is no file of the journal, and what is torn later joins it, once.
    assert journal_files(journal.folder) == [path]
    path.write_bytes(whole + torn + b"\n" + whole[:-40])
    assert tidy(path).n_torn == 2
    assert aside.read_bytes() == torn + b"\n\xff\xfe\n" + whole[:-40] + b"\n"


def test_tidy_blank_lines_alone_leave_nothing_aside(journal: Journal) -> None:
    path = keep(journal, "k1")
    whole = path.read_bytes()
    path.write_bytes(b"\n" + whole + b" \n")
    tidied = tidy(path)
    assert (tidied.rewritten, tidied.n_torn, tidied.set_aside) == (True, 0, None)
    assert path.read_bytes() == whole
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_tidy_twice_changes_nothing(journal: Journal) -> None:
    for key in "cab":
        path = keep(journal, key, article=key)
    path.write_bytes(path.read_bytes() + b"torn")
    assert tidy(path).rewritten
    content, status = path.read_bytes(), path.stat()
    tidied = tidy(path)
    assert (tidied.n_kept, tidied.n_torn, tidied.rewritten) == (3, 0, False)
    assert path.read_bytes() == content
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (status.st_ino, status.st_mtime_ns)


def test_tidy_is_the_same_in_whatever_order_replies_came(tmp_path: Path) -> None:
    contents = []
    for order in ("abcd", "dbca"):
        journal = Journal(tmp_path / order)
        for key in order:
            path = keep(journal, key, article=key)
        tidy(path)
        contents.append(path.read_bytes())
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    "line",
    [
        b'{"key": "k", "claims": {}}',
        b'{"key": "k", "claims": {}, "article_id": 7, "claim_types": "x", "repeat": "y"}',
        b'{"key": "k", "claims": {}, "article_id": "\\ud83d", "claim_types": [1], "later": {}}',
    ],
)
def test_tidy_lines_of_others_are_kept_as_they_are(journal: Journal, line: bytes) -> None:
    path = keep(journal, "own", article="a")
    with path.open("ab") as file:
        file.write(line + b"\n")
    assert tidy(path).n_kept == 2
    assert line in path.read_bytes().splitlines()
    assert Journal(journal.folder.parent).find("k", UNIT) == Reply({})


def test_tidy_empty_file(journal: Journal) -> None:
    path = keep(journal, "k")
    path.write_bytes(b"")
    assert (tidy(path).n_kept, tidy(path).rewritten) == (0, False)


def test_tidy_keeps_mode_and_link(journal: Journal, tmp_path: Path) -> None:
    path = keep(journal, "b", article="b")
    keep(journal, "a", article="a")
    elsewhere = tmp_path / "kept elsewhere.jsonl"
    shutil.move(path, elsewhere)
    elsewhere.chmod(0o640)
    path.symlink_to(elsewhere)
    assert tidy(path).rewritten
    assert path.is_symlink()
    assert keys(elsewhere) == ["a", "b"]
    assert elsewhere.stat().st_mode & 0o777 == 0o640


def test_tidy_that_fails_leaves_the_file_as_it_was(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(journal, "b", article="b")
    path = keep(journal, "a", article="a")
    before = path.read_bytes()

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(JournalError, match=r"direct@abc\.jsonl: cannot be tidied: .*No space"):
        tidy(path)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_tidy_takes_nothing_from_a_program_that_asks_for_no_lock(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(journal, "b", article="b")
    path = keep(journal, "a", article="a")
    line = path.read_bytes().splitlines(keepends=True)[0].replace(b'"b"', b'"c"')
    real = os.fsync

    def write_besides(descriptor: int) -> None:
        real(descriptor)
        with path.open("ab") as file:
            file.write(line)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", write_besides)
        with pytest.raises(JournalError, match="was written while it was tidied; tidy it again"):
            tidy(path)
    assert keys(path) == ["b", "a", "c"]
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    tidy(path)
    assert keys(path) == ["a", "b", "c"]


def test_unreferenced_raw_files_are_named_and_stay(journal: Journal) -> None:
    path = keep(journal, "k", replace(FIRST, raw="x" * 70_000))
    keep(journal, "k", replace(FIRST, raw="y" * 70_000))
    n_files = len(list((journal.folder / "raw").iterdir()))
    tidied = tidy(path)
    (unused,) = unreferenced_raw(journal.folder, tidied.raw_sha256)
    assert unused.read_text() == "x" * 70_000
    assert len(list((journal.folder / "raw").iterdir())) == n_files == 2
    found = Journal(journal.folder.parent).find("k", UNIT)
    assert found is not None
    assert found.raw == "y" * 70_000


# ---- a run at the same time --------------------------------------------------------------------


def in_a_thread(work: Callable[[], object]) -> Thread:
    thread = Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_tidy_waits_for_a_run_that_holds_the_file(journal: Journal) -> None:
    path = keep(journal, "b", article="b")
    waited: list[Path] = []
    with journal.locked([UNIT], refuse):
        thread = in_a_thread(lambda: tidy_file(path, waited.append))
        thread.join(0.5)
        assert thread.is_alive()
        keep(journal, "a", article="a")
        assert keys(path) == ["b", "a"]
    thread.join(60)
    assert waited == [path]
    assert keys(path) == ["a", "b"]


def test_find_after_another_process_has_tidied(journal: Journal) -> None:
    keep(journal, "b", FAILED, article="b")
    keep(journal, "b", SECOND, article="b")
    path = keep(journal, "a", article="a")
    reader = Journal(journal.folder.parent)
    assert reader.find("b", UNIT) == SECOND
    tidy(path)
    assert keys(path) == ["a", "b"]
    assert reader.find("b", UNIT) == SECOND
    assert reader.find("a", UNIT) == FIRST


def test_find_after_a_reply_was_taken_away(journal: Journal) -> None:
    path = keep(journal, "k")
    assert journal.find("k", UNIT) == FIRST
    path.write_bytes(path.read_bytes().replace(b'"k"', b'"x"'))
    with pytest.raises(JournalError, match="was changed while it was read; run again"):
        journal.find("k", UNIT)


def test_append_goes_on_after_a_file_was_tidied_between_two_locks(journal: Journal) -> None:
    with journal.locked([UNIT], refuse):
        keep(journal, "b", article="b")
        path = keep(journal, "a", article="a")
    assert tidy(path).rewritten
    with journal.locked([UNIT], refuse):
        keep(journal, "c", SECOND, article="c")
    assert keys(path) == ["a", "b", "c"]
    assert journal.find("c", UNIT) == SECOND
    journal.close()
