from __future__ import annotations

import pytest

from .conftest import Done, Folder


def commands_of(done: Done) -> list[str]:
    return [line.strip() for line in done.err.split("Next:")[1].splitlines() if line.strip()]


@pytest.mark.slow
def test_init_makes_a_folder_whose_commands_work(empty: Folder) -> None:
    done = empty.run("init", "my work")
    assert done.code == 0
    assert sorted(done.out.splitlines()) == [
        "my work/articles/harbour-dispute.txt",
        "my work/articles/manifest.csv",
        "my work/gold/harbour-dispute.json",
        "my work/harness.toml",
        "my work/prompts/first.md",
    ]
    commands = commands_of(done)
    assert len(commands) == 3
    assert commands[0] == "cd 'my work' && harness gold check"
    inside = Folder(empty.path / "my work")
    for command in commands:
        last = command.rpartition("&& ")[2]
        worked = inside.run(*last.split()[1:])
        assert worked.code == 0, (command, worked)
    assert len(inside.runs) == 1


def test_init_in_the_working_folder(empty: Folder) -> None:
    empty.write({"mine.txt": "mine"})
    done = empty.run("init", ".", "--json")
    assert done.code == 0
    assert "harness.toml" in done.json
    assert (empty.path / "harness.toml").is_file()
    assert (empty.path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["harness.toml", "prompts/first.md"])
def test_init_never_overwrites(empty: Folder, name: str) -> None:
    empty.write({f"x/{name}": "mine"})
    done = empty.run("init", "x")
    assert done.code == 2
    assert f"x/{name}: is there already" in done.err
    assert [path.read_text() for path in empty.path.rglob("*") if path.is_file()] == ["mine"]


def test_init_follows_no_dangling_link(empty: Folder) -> None:
    (empty.path / "harness.toml").symlink_to(empty.path / "elsewhere")
    assert empty.run("init", ".").code == 2
    assert not (empty.path / "elsewhere").exists()


def test_init_where_nothing_can_be(empty: Folder) -> None:
    empty.write({"file": ""})
    done = empty.run("init", "file/x")
    assert done.code == 2
    assert "cannot be written" in done.err
