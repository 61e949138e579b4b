"""``harness compare``: two sets of scores side by side."""

from __future__ import annotations

from pathlib import Path

from harness.cli.output import console, print_json
from harness.errors import RunError
from harness.settings import load_settings

__all__ = ["compare_folders"]


def compare_folders(
    left: str, right: str, config: Path | None, *, force: bool, as_json: bool
) -> int:
    """Compare two result folders over the articles that both have; the exit code."""
    from harness.reports.compare import comparison_table, load_result  # noqa: PLC0415 - pandas
    from harness.reports.terminal import comparison_text  # noqa: PLC0415

    results = load_settings(config).results
    table = comparison_table(
        load_result(_folder(left, results)), load_result(_folder(right, results)), force=force
    )
    if as_json:
        print_json(table.astype(object).where(table.notna(), None).to_dict("records"))
    else:
        screen = console()
        screen.print(comparison_text(table, screen.width))
    return 0


def _folder(name: str, results: Path) -> Path:
    """The folder of a run: a path, an id, or the latest."""
    runs = sorted(path.parent for path in results.glob("*/run.json"))
    if name == "latest":
        if not runs:
            raise RunError(f"{results}: there is no run yet; 'harness run' makes one")
        return runs[-1]
    for folder in (Path(name), results / name):
        if folder.is_dir():
            return folder
    known = ", ".join(path.name for path in runs[-3:]) or "none yet"
    raise RunError(f"there is no run or folder {name!r}; the latest runs are: {known}")
