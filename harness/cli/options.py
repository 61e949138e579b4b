"""The options that several commands have. Nothing else is imported: `--help` has to be quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Articles",
    "Bom",
    "Config",
    "Force",
    "GoldFolder",
    "Json",
    "Limit",
    "Models",
    "Prompts",
    "Results",
    "Run",
    "SchemaPath",
    "Seed",
    "Split",
]

Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="A settings file to use.")
]
Models = Annotated[
    list[str] | None,
    typer.Option("-m", "--model", help="provider/name or a model of the settings; repeatable."),
]
Prompts = Annotated[
    list[str] | None,
    typer.Option("-p", "--prompt", help="A prompt's name or file; repeatable."),
]
Articles = Annotated[
    Path | None,
    typer.Option("--articles", metavar="PATH", help="Folder or table of articles."),
]
GoldFolder = Annotated[
    Path | None, typer.Option("--gold", metavar="DIR", help="Folder of gold files.")
]
SchemaPath = Annotated[
    str | None,
    typer.Option("--schema", metavar="MODULE:CLASS", help="The claim types."),
]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first N articles.")]
Split = Annotated[str | None, typer.Option(metavar="NAME", help="Only articles of this split.")]
Results = Annotated[Path | None, typer.Option("--results", metavar="DIR", help="Where results go.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, metavar="N", help="The seed of intervals and tests.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Run = Annotated[
    str, typer.Argument(help="A run (id, path or 'latest') or a folder that 'score' wrote.")
]
Force = Annotated[bool, typer.Option("--force", help="Compare although gold or scorer differ.")]
Bom = Annotated[
    bool, typer.Option("--bom", help="Begin CSV with a byte order mark, for older spreadsheets.")
]
