from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import JournalError
from harness.journal import Journal
from harness.records import Attempt, Failure, InvalidItem, Reply, Unit

UNIT = Unit("openai/m", "direct", "abc", "a1")
REPLY = Reply(
    claims={"quotes": [{"text": "Yes", "speaker": None}], "dates": []},
    invalid_items=(InvalidItem("dates", "value: missing", {"text": [1, None, 2.5]}),),
    warnings=("quotes: 3 items cut to 1",),
    raw='{"quotes": []}\r\n\u2028\x00é',
    finish_reason="stop",
    attempts=(Attempt("rate_limited", 0.25), Attempt("ok", 1.5, 10, 5, 0)),
    reasks=1,
)
FAILED = Reply({}, Failure("refused", "I won't."), attempts=(Attempt("refused", 0.1, 3, 1),))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path)


def keep(journal: Journal, key: str, reply: Reply = REPLY, unit: Unit = UNIT) -> Path:
    journal.append(key, unit, ("quotes", "dates"), reply)
    return journal.path_of(unit)


def found_again(journal: Journal, key: str, unit: Unit = UNIT) -> Reply | None:
    """What another process finds."""
    return Journal(journal.folder.parent).find(key, unit)


@pytest.mark.parametrize(
    "reply",
    [
        REPLY,
        FAILED,
        Reply({}),
        replace(REPLY, raw="half a pair \ud83d", claims={"quotes": [{"text": "\udc00"}]}),
        replace(REPLY, raw="ключ 钥匙 🔑"),
    ],
)
def test_append_then_find(journal: Journal, reply: Reply) -> None:
    path = keep(journal, "k", reply)
    assert journal.find("k", UNIT) == reply
    assert found_again(journal, "k") == reply
    assert found_again(journal, "other") is None
    text = path.read_bytes().decode("utf-8")
    assert text.count("\n") == 1
    entry = json.loads(text)
    assert (entry["key"], entry["article_id"]) == ("k", "a1")
    assert entry["claim_types"] == ["quotes", "dates"]


def test_find_where_there_is_no_journal(journal: Journal) -> None:
    assert journal.find("k", UNIT) is None
    assert not journal.folder.exists()
    assert journal.n_torn_lines == 0


def test_path_of_is_one_file_for_each_model_and_version(journal: Journal) -> None:
    assert journal.path_of(UNIT) == journal.folder / "openai%2Fm" / "direct@abc.jsonl"
    assert journal.path_of(replace(UNIT, article_id="a2", repeat=3)) == journal.path_of(UNIT)


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd",
        "..",
        ".",
        "/etc/passwd",
        "a/../../b",
        "..\\..\\x",
        "C:\\x",
        "~root",
        "x" * 3000,
        "a\x00b",
        "a\nb",
        "half \udcff",
        "ключ",
        "@",
    ],
)
def test_path_of_hostile_names_stay_inside(journal: Journal, name: str) -> None:
    for unit in (replace(UNIT, model=name), replace(UNIT, prompt=name)):
        path = keep(journal, "k", REPLY, unit)
        assert path.resolve().is_relative_to(journal.folder.resolve())
        assert len(path.relative_to(journal.folder).parts) == 2
        assert found_again(journal, "k", unit) == REPLY


def test_path_of_different_names_never_meet(journal: Journal) -> None:
    names = ["a", "A.", "a b", "a/b", "a%2Fb", "a@b", ".a", "%2Ea", "..", "%2E%2E", "x" * 400]
    names += ["x" * 399 + "y"]
    models = {journal.path_of(replace(UNIT, model=name)) for name in names}
    prompts = {journal.path_of(replace(UNIT, prompt=name)) for name in names}
    assert len(models) == len(prompts) == len(names)


def test_find_last_valid_line_of_a_key_wins(journal: Journal) -> None:
    keep(journal, "k", FAILED)
    keep(journal, "other")
    path = keep(journal, "k")
    with path.open("a") as file:
        file.write('{"key": "k", "claims": "damaged"}\n')
    assert found_again(journal, "k") == REPLY
    keep(journal, "k", FAILED)
    assert journal.find("k", UNIT) == FAILED
    assert found_again(journal, "k") == FAILED


def test_append_torn_last_line_is_set_aside(journal: Journal) -> None:
    path = keep(journal, "k1")
    keep(journal, "k2")
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    after = Journal(journal.folder.parent)
    assert after.find("k1", UNIT) == REPLY
    assert after.find("k2", UNIT) is None
    assert after.n_torn_lines == 1
    after.append("k2", UNIT, ("quotes",), FAILED)
    assert path.read_bytes().startswith(whole[:-30] + b"\n{")
    again = Journal(journal.folder.parent)
    assert (again.find("k1", UNIT), again.find("k2", UNIT)) == (REPLY, FAILED)
    assert again.n_torn_lines == 1


def test_append_last_line_that_lacks_only_its_end_counts(journal: Journal) -> None:
    path = keep(journal, "k1")
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    after = Journal(journal.folder.parent)
    assert after.find("k1", UNIT) == REPLY
    after.append("k2", UNIT, (), FAILED)
    assert path.read_bytes().count(b"\n") == 2
    assert found_again(journal, "k1") == REPLY


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_find_whatever_was_torn(journal: Journal, cut: int) -> None:
    path = keep(journal, "k1", replace(REPLY, raw="é" * 20))
    keep(journal, "k2", replace(REPLY, raw="é" * 20))
    path.write_bytes(path.read_bytes()[:-cut])
    after = Journal(journal.folder.parent)
    assert after.find("k1", UNIT) is not None
    assert after.n_torn_lines == (0 if cut == 1 else 1)


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\x00",
        b'{"key": "bad", "claims": {"quotes": [{"text": "\xff"}]}}',
        b"\x00" * 4096,
        b"nonsense",
        b"[]",
        b"3",
        b"null",
        b'"key"',
        b"{}",
        b'{"claims": {}}',
        b'{"key": "bad"}',
        b'{"key": "bad", "claims": 3}',
        b'{"key": "bad", "claims": {"quotes": "x"}}',
        b'{"key": "bad", "claims": {"quotes": ["x"]}}',
        b'{"key": "bad", "claims": {}, "failure": "refused"}',
        b'{"key": "bad", "claims": {}, "failure": {"reason": "bored", "message": "x"}}',
        b'{"key": "bad", "claims": {}, "attempts": [3]}',
        b'{"key": "bad", "claims": {}, "attempts": [{"outcome": "ok"}]}',
        b'{"key": "bad", "claims": {}, "raw": 7}',
        b'{"key": "bad", "claims": {}, "raw_sha256": "../../../../etc/passwd"}',
        b'{"key": "bad", "claims": {}, "raw_sha256": 7}',
        b'{"key": "bad", "claims": ' + b"[" * 100_000,
    ],
)
def test_find_damaged_line_is_counted_and_no_more(journal: Journal, line: bytes) -> None:
    path = keep(journal, "before")
    with path.open("ab") as file:
        file.write(line + b"\n\n  \n")
    keep(journal, "after", FAILED)
    again = Journal(journal.folder.parent)
    assert again.find("before", UNIT) == REPLY
    assert again.find("after", UNIT) == FAILED
    assert again.find("bad", UNIT) is None
    assert again.n_torn_lines == 1


def test_find_fields_of_a_later_version_are_left_aside(journal: Journal) -> None:
    path = keep(journal, "k")
    entry = json.loads(path.read_text()) | {"cost": 3, "unit": {}}
    path.write_text(json.dumps(entry) + "\n")
    assert found_again(journal, "k") == REPLY


def test_append_long_raw_goes_to_a_file_of_its_own(journal: Journal) -> None:
    limit = 64 * 1024
    short, long = "x" * limit, "é" * (limit // 2) + "\r\n\ud83d"
    path = keep(journal, "short", replace(REPLY, raw=short))
    assert not (journal.folder / "raw").exists()
    keep(journal, "long", replace(REPLY, raw=long))
    keep(journal, "long too", replace(REPLY, raw=long))
    (kept,) = (journal.folder / "raw").iterdir()
    assert kept.suffix == ".txt"
    assert len(kept.stem) == 64
    assert len(path.read_text().splitlines()[1]) < 2000
    for key, raw in (("short", short), ("long", long), ("long too", long)):
        assert found_again(journal, key) == replace(REPLY, raw=raw)


def test_find_where_the_long_raw_is_gone(journal: Journal) -> None:
    keep(journal, "k", replace(REPLY, raw="x" * 70_000))
    (kept,) = (journal.folder / "raw").iterdir()
    kept.unlink()
    # Nobody pays again because a text that is there to be read was deleted.
    assert found_again(journal, "k") == replace(REPLY, raw="")


def test_find_merged_journals(journal: Journal, tmp_path: Path) -> None:
    other = Journal(tmp_path / "other")
    path, other_path = keep(journal, "k1"), keep(other, "k2", FAILED)
    path.write_bytes(path.read_bytes() + other_path.read_bytes())
    assert found_again(journal, "k1") == REPLY
    assert found_again(journal, "k2") == FAILED


def test_append_by_two_processes_at_once(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from harness.journal import Journal
        from harness.records import Reply, Unit
        journal, unit = Journal(Path(sys.argv[1])), Unit("m", "p", "v", "a")
        for number in range(100):
            journal.append(f"{sys.argv[2]}{number}", unit, (), Reply({}, raw="x" * 5000))
        """
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    both = [subprocess.Popen([*command, name]) for name in "ab"]
    assert [process.wait(60) for process in both] == [0, 0]
    journal = Journal(tmp_path)
    found = [journal.find(f"{a}{n}", Unit("m", "p", "v", "a")) for a in "ab" for n in range(100)]
    assert None not in found
    assert journal.n_torn_lines == 0


def test_append_is_on_disk_when_it_returns(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        from harness.journal import Journal
        from harness.records import Reply, Unit
        Journal(Path(sys.argv[1])).append("k", Unit("m", "p", "v", "a"), (), Reply({}, raw="x"))
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert Journal(tmp_path).find("k", Unit("m", "p", "v", "a")) == Reply({}, raw="x")


def test_append_that_cannot_be_written(journal: Journal) -> None:
    journal.folder.mkdir()
    (journal.folder / "openai%2Fm").write_text("a file in its place")
    with pytest.raises(JournalError, match="cannot be written"):
        keep(journal, "k")
    assert journal.find("k", replace(UNIT, model="other")) is None


def test_append_a_full_disk_loses_nothing_that_is_there(tmp_path: Path) -> None:
    program = textwrap.dedent(
        """
        import resource, signal, sys
        from pathlib import Path
        from harness.errors import JournalError
        from harness.journal import Journal
        from harness.records import Reply, Unit
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
        journal, unit = Journal(Path(sys.argv[1])), Unit("m", "p", "v", "a")
        for number in range(10):
            try:
                journal.append(f"k{number}", unit, (), Reply({}, raw="x" * 1500))
            except JournalError as error:
                print(number, journal.find(f"k{number}", unit), error)
                break
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("3 None ")
    journal, unit = Journal(tmp_path), Unit("m", "p", "v", "a")
    assert [journal.find(f"k{number}", unit) is not None for number in range(4)] == [
        *(True, True, True),
        False,
    ]
    journal.append("k3", unit, (), FAILED)
    assert Journal(tmp_path).find("k3", unit) == FAILED


def test_check_writable(journal: Journal) -> None:
    units = [UNIT, replace(UNIT, repeat=1), replace(UNIT, model="other")]
    journal.check_writable(units)
    assert [path for path in journal.folder.rglob("*") if path.is_file()] == []
    path = keep(journal, "k")
    before = path.read_bytes()
    journal.check_writable(units)
    assert path.read_bytes() == before


@pytest.mark.parametrize("place", ["responses", "responses/openai%2Fm"])
def test_check_writable_file_in_the_way(journal: Journal, place: str) -> None:
    path = journal.folder.parent / place
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    with pytest.raises(JournalError, match="cannot be kept"):
        journal.check_writable([UNIT])


def test_check_writable_folder_in_place_of_the_journal(journal: Journal) -> None:
    journal.path_of(UNIT).mkdir(parents=True)
    with pytest.raises(JournalError):
        journal.check_writable([UNIT])
    with pytest.raises(JournalError):
        journal.find("k", UNIT)


@pytest.mark.skipif(os.getuid() == 0, reason="the superuser may write anywhere")
def test_check_writable_read_only(journal: Journal) -> None:
    path = keep(journal, "k")
    path.chmod(0o400)
    with pytest.raises(JournalError):
        journal.check_writable([UNIT])


def test_append_to_a_file_that_another_program_has_replaced(journal: Journal) -> None:
    path = keep(journal, "k")
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    with pytest.raises(JournalError, match="another program has taken its place"):
        keep(journal, "other")
    assert path.read_bytes() == content


def test_write_counts_as_kept_by_this_process_and_sync_brings_it_to_the_disk(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: (synced.append(descriptor), real(descriptor))
    )
    journal.write("a", UNIT, ("quotes",), REPLY)
    journal.write("b", UNIT, ("quotes",), FAILED)
    assert synced == []
    assert found_again(journal, "a") == REPLY
    journal.sync()
    n_synced = len(synced)
    assert n_synced >= 1
    journal.sync()
    assert len(synced) == n_synced
    assert journal.kept("b", UNIT).failure == "refused"  # type: ignore[union-attr]


def test_sync_that_fails_is_tried_again(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.write("a", UNIT, ("quotes",), REPLY)

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        for _ in range(2):
            with pytest.raises(JournalError, match="cannot be kept"):
                journal.sync()
    journal.sync()
