"""``harness init``: a folder to work in."""

from __future__ import annotations

import os
import shlex
from importlib.resources import as_file, files
from pathlib import Path

from harness.cli.output import notice, print_json, print_lines
from harness.errors import InputError, Problem

__all__ = ["init_folder"]


def init_folder(folder: Path, *, as_json: bool) -> int:
    """Copy the starter files into a folder; the exit code. Nothing there is ever overwritten."""
    with as_file(files("harness.cli") / "starter") as starter:
        contents = {
            path.relative_to(starter): path.read_bytes()
            for path in sorted(starter.rglob("*"))
            if path.is_file()
        }
    problems = [
        Problem(str(folder / name), "is there already; choose another folder")
        for name in contents
        if os.path.lexists(folder / name)
    ]
    if problems:
        raise InputError(problems)
    try:
        for name, content in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(content)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error}") from error
    if as_json:
        print_json([str(folder / name) for name in contents])
        return 0
    for name in contents:
        print_lines(str(folder / name))
    commands = ["harness gold check", "harness run -m rules/baseline", "harness run --dry-run"]
    if folder.resolve() != Path.cwd():
        commands[0] = f"cd {shlex.quote(str(folder))} && {commands[0]}"
    notice("\nNext:")
    for command in commands:
        notice(f"    {command}")
    return 0
