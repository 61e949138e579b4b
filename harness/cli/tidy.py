"""``harness journal tidy``: the files of replies in an order in which they can be committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.cli.output import notice, print_json, print_lines
from harness.corpus import file_stem
from harness.errors import Problem, RunError
from harness.journal import Tidied, journal_files, tidy_file, unreferenced_raw
from harness.settings import load_settings

__all__ = ["tidy_journal"]


def tidy_journal(
    wanted: Sequence[str], config: Path | None, flags: Mapping[str, Any], *, as_json: bool
) -> int:
    """Tidy the journal, or the files of it that are wanted; the exit code.

    Parameters
    ----------
    wanted
        Models, or files and folders of the journal; none is all.

    Raises
    ------
    RunError
        If there is nothing of that name in the journal.
    """
    folder = load_settings(config, **flags).results / "responses"
    files = _chosen(folder, wanted) if wanted else journal_files(folder)
    tidied = [tidy_file(path, _say_it_waits) for path in files]
    # Whether a side file is needed is known only where all files have been read.
    unused = [] if wanted else unreferenced_raw(folder, _referenced(tidied))
    if as_json:
        print_json(
            {
                "files": [_as_json(each) for each in tidied],
                "unreferenced_raw": [str(path) for path in unused],
            }
        )
    else:
        for each in tidied:
            print_lines(f"{each.path}: {_what_was_done(each)}")
    if not files:
        notice(f"{folder}: there is no reply yet")
    if unused:
        size = sum(path.stat().st_size for path in unused)
        notice(
            f"{folder / 'raw'}: {len(unused)} file(s) of {size:,} bytes belong to no line (--json "
            "names them); they can be deleted while no run goes on"
        )
    return 0


def _chosen(folder: Path, wanted: Sequence[str]) -> list[Path]:
    """The files of the journal that are meant, each once."""
    files = {path.resolve(): path for path in journal_files(folder)}
    chosen: dict[Path, None] = {}
    problems: list[Problem] = []
    for name in wanted:
        places = {(folder / file_stem(name)).resolve(), Path(name).resolve()}
        found = [path for where, path in files.items() if places & {where, where.parent}]
        chosen |= dict.fromkeys(found)
        if not found:
            models = sorted({path.parent.name for path in files.values()})
            there_are = ", ".join(models) or "none yet"
            what = (
                f"is no model and no file of the journal {folder}; the models there, as folders "
                f"are named, are: {there_are}"
            )
            problems.append(Problem(repr(name), what))
    if problems:
        raise RunError(problems)
    return sorted(chosen)


def _referenced(tidied: Sequence[Tidied]) -> set[str]:
    return {digest for each in tidied for digest in each.raw_sha256}


def _what_was_done(each: Tidied) -> str:
    if not each.rewritten:
        return f"{_lines(each.n_kept)}, tidy already"
    parts = [f"{_lines(each.n_kept)} kept"]
    if each.n_superseded:
        parts.append(f"{each.n_superseded} superseded removed")
    if each.n_torn:
        parts.append(f"{each.n_torn} torn set aside in {each.set_aside}")
    return ", ".join(parts)


def _lines(n: int) -> str:
    return "1 line" if n == 1 else f"{n} lines"


def _as_json(each: Tidied) -> dict[str, Any]:
    return {
        "file": str(each.path),
        "kept": each.n_kept,
        "superseded": each.n_superseded,
        "torn": each.n_torn,
        "set_aside": str(each.set_aside) if each.set_aside else None,
        "rewritten": each.rewritten,
    }


def _say_it_waits(path: Path) -> None:
    notice(f"a run writes {path}: waiting for it to end")
