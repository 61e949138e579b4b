from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.regression.word_diff import word_diff

TEXTS = st.text(alphabet="ab \n.\t", max_size=40)


@given(TEXTS, TEXTS)
def test_the_parts_of_hunks_are_both_texts(old: str, new: str) -> None:
    """With what is the same between hunks left out, removed and added parts are in the texts."""
    hunks = word_diff(old, new)
    assert bool(hunks) == (old.splitlines(keepends=True) != new.splitlines(keepends=True))
    for hunk in hunks:
        before = "".join(part.text for part in hunk.parts if part.kind != "added")
        after = "".join(part.text for part in hunk.parts if part.kind != "removed")
        assert before in old
        lines = new.splitlines(keepends=True)
        start = sum(map(len, lines[: hunk.line - 1]))
        assert new[start:].startswith(after)


def test_lines_that_are_far_from_a_change_are_left_out() -> None:
    lines = [f"Line {number}.\n" for number in range(100)]
    changed = [*lines]
    changed[50] = "Line fifty.\n"
    (hunk,) = word_diff("".join(lines), "".join(changed))
    assert hunk.line == 50
    assert [part for part in hunk.parts if part.kind != "same"] == [
        ("removed", "50"),
        ("added", "fifty"),
    ]
    assert hunk.parts[0].text == "Line 49.\nLine "
