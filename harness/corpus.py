"""Articles: read from a folder of texts, or from a JSONL, CSV or Parquet table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import quote

from harness.errors import CorpusError, InputError, Problem
from harness.records import Article
from harness.tables import TABLES, Columns, read_csv, read_text

__all__ = ["MANIFEST", "divided_stories", "file_stem", "load_articles", "split_of"]

MANIFEST = "manifest.csv"
"""The file beside the texts of a folder that says what is known of them."""

_ID = ("id", "article_id")
_FACTS = ("published", "source", "story", "split", "tags")
_MANIFEST_COLUMNS = Columns(required=(_ID, ("file",)), optional=_FACTS)
_TABLE_COLUMNS = Columns(required=(_ID, ("text",)), optional=_FACTS)
_ACCEPTED = (
    "a folder of .txt files, or a .jsonl, .csv or .parquet file with the columns id and text"
)
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_STEM = 200


@dataclass(frozen=True, slots=True)
class _Row:
    """What is said of one article. `text` is None where its problem is already reported."""

    where: str
    values: Mapping[str, object]
    text: str | None


def load_articles(path: Path) -> list[Article]:
    """Read the articles of a folder or of a table.

    Parameters
    ----------
    path
        A folder of ``*.txt`` files, with or without a ``manifest.csv`` (columns ``id`` and
        ``file``), or a ``.jsonl``, ``.csv`` or ``.parquet`` file with the columns ``id`` (or
        ``article_id``) and ``text``. A manifest and a table may have ``published``
        (YYYY-MM-DD), ``source``, ``story``, ``split`` and ``tags`` (separated by ``;``);
        further columns are ignored. Texts are UTF-8 and stay as they are, line ends included.

    Returns
    -------
    list of Article
        By id for a folder, in the order of the file for a table. Each has a split: the one that
        is written; else that of its story, where all that are written there agree; else that of
        `split_of`.

    Raises
    ------
    CorpusError
        With every problem of every file.
    ConfigurationError
        If a Parquet file is given and pyarrow is not installed.
    """
    problems: list[Problem] = []
    if path.is_dir():
        has_manifest = (path / MANIFEST).exists()
        rows = (_manifest_rows if has_manifest else _text_rows)(path, problems)
    elif not path.exists():
        raise CorpusError([Problem(str(path), f"is not there: give {_ACCEPTED}")])
    else:
        rows = _table_rows(path, problems)
    articles = [_article(row, problems) for row in rows]
    problems.extend(_duplicate_ids(rows))
    if not rows and not problems:
        problems.append(Problem(str(path), f"holds no article: give {_ACCEPTED}"))
    if problems:
        raise CorpusError(problems)
    found = _with_splits([article for article in articles if article is not None])
    return sorted(found, key=lambda article: article.id) if path.is_dir() else found


def file_stem(article_id: str) -> str:
    """Name the files of an article: its id, percent-encoded where file names need it.

    Parameters
    ----------
    article_id
        Any text.

    Returns
    -------
    str
        ASCII, different for different ids. A very long id is cut and ends in its hash.

    Examples
    --------
    >>> file_stem("news/2021 a.1")
    'news%2F2021 a.1'
    >>> file_stem("..")
    '%2E%2E'
    """
    stem = quote(article_id, safe=" ", errors="surrogatepass")
    if not stem.strip("."):
        stem = stem.replace(".", "%2E")
    if len(stem) <= _LONGEST_STEM:
        return stem
    digest = hashlib.sha256(article_id.encode(errors="surrogatepass")).hexdigest()[:16]
    return f"{stem[:_LONGEST_STEM]}-{digest}"


def split_of(name: str) -> str:
    """Say on which side of the split a story is, or an article that has none.

    Half of all names are on each side: what is held back is to tell as small a difference as what
    is worked on. It depends on the name alone and is the same for ever: no article changes sides
    because others come or go.

    Parameters
    ----------
    name
        The story, or the id of an article without one.

    Returns
    -------
    str
        ``dev`` where the last hexadecimal digit of the SHA-256 of the name, in UTF-8, is odd;
        ``test`` where it is even.

    Examples
    --------
    >>> split_of("harbour-dispute")
    'dev'
    """
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).digest()
    return "dev" if digest[-1] % 2 else "test"


def divided_stories(articles: Iterable[Article]) -> dict[str, tuple[str, ...]]:
    """Find the stories whose articles are not all in one split.

    What is learned from one article of a story is known of the others: such a story gives away on
    one side what is held back on the other.

    Returns
    -------
    dict of str to tuple of str
        For each such story, its splits in their order.
    """
    splits: dict[str, set[str]] = {}
    for article in articles:
        if article.story:
            splits.setdefault(article.story, set()).add(article.split)
    return {story: tuple(sorted(found)) for story, found in splits.items() if len(found) > 1}


def _with_splits(articles: list[Article]) -> list[Article]:
    """Give each article a split that has none, its whole story the same."""
    written: dict[str, set[str]] = {}
    for article in articles:
        if article.story and article.split.strip():
            written.setdefault(article.story, set()).add(article.split)
    agreed = {story: next(iter(splits)) for story, splits in written.items() if len(splits) == 1}
    return [
        article
        if article.split.strip()
        else replace(
            article,
            split=agreed.get(article.story) or split_of(article.story or article.id),
        )
        for article in articles
    ]


def _text_rows(folder: Path, problems: list[Problem]) -> list[_Row]:
    """The rows of a folder without a manifest: an id is the name of its file."""
    rows = []
    for file in _text_files(folder):
        if _is_inside(folder, file):
            rows.append(_Row(str(file), {"id": file.stem}, _file_text(file, problems)))
        else:
            problems.append(Problem(str(file), "is a link out of the folder: copy the text here"))
    return rows


def _manifest_rows(folder: Path, problems: list[Problem]) -> list[_Row]:
    """The rows of a manifest, each with the text of its file."""
    manifest = folder / MANIFEST
    rows: list[_Row] = []
    owners: dict[Path, str] = {}
    n_before = len(problems)
    found = read_csv(manifest, _MANIFEST_COLUMNS, problems)
    is_whole = len(problems) == n_before
    for where, values in found:
        name = str(values["file"])
        file = folder / PurePosixPath(name)
        text = None
        if file in owners:
            problem: str | None = f"file {name!r} is that of {owners[file]} too: name another"
        else:
            owners[file] = where
            problem = _manifest_file_problem(folder, name)
        if problem:
            problems.append(Problem(where, problem))
        else:
            text = _file_text(file, problems)
        rows.append(_Row(where, values, text))
    for file in _text_files(folder):
        # Where the manifest itself is damaged, the row may be among those that were not read.
        if is_whole and file not in owners:
            problem = f"has no row in {manifest}: add one, or move the file out of the folder"
            problems.append(Problem(str(file), problem))
    return rows


def _manifest_file_problem(folder: Path, name: str) -> str | None:
    """Say why the file that a row names is not there, or not inside the folder."""
    path = PurePosixPath(name)
    if not name.strip():
        return "the file is empty: name the article's .txt file"
    if path.is_absolute() or PureWindowsPath(name).anchor or ".." in path.parts:
        return f"file {name!r} is not inside {folder}: give its path from there, without '..'"
    if "\0" in name or not (folder / path).is_file():
        return f"there is no file {name!r} in {folder}: add it, or remove the row"
    if not _is_inside(folder, folder / path):
        return f"file {name!r} is a link out of {folder}: copy the text there"
    return None


def _text_files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix.lower() == ".txt" and file.name[0] != "." and not file.is_dir()
    )


def _is_inside(folder: Path, file: Path) -> bool:
    # To resolve a path takes long, and a file beside others that is no link needs none of it.
    if file.parent == folder and not file.is_symlink():
        return True
    return file.resolve().is_relative_to(folder.resolve())


def _file_text(file: Path, problems: list[Problem]) -> str | None:
    try:
        text = read_text(file)
    except InputError as error:
        problems.extend(error.problems)
        return None
    return _checked_text(text, str(file), problems)


def _table_rows(path: Path, problems: list[Problem]) -> list[_Row]:
    """The rows of a table that holds the texts itself."""
    read = TABLES.get(path.suffix.lower())
    if read is None:
        raise CorpusError([Problem(str(path), f"is no table that can be read: give {_ACCEPTED}")])
    return [
        _Row(where, values, _checked_text(values["text"], where, problems))
        for where, values in read(path, _TABLE_COLUMNS, problems)
    ]


def _checked_text(text: object, where: str, problems: list[Problem]) -> str | None:
    """The text of an article, if it is one."""
    if not isinstance(text, str):
        problem = f"text is {_shown(text)}: give the text of the article"
    elif not text.strip():
        problem = "the text is empty: add it, or leave the article out"
    elif "\0" in text:
        problem = f"character {text.index(chr(0))} of the text is NUL: save the text as UTF-8"
    elif match := _SURROGATE.search(text):
        problem = f"character {match.start()} of the text is half a surrogate pair: write it whole"
    else:
        return text
    problems.append(Problem(where, problem))
    return None


def _article(row: _Row, problems: list[Problem]) -> Article | None:
    """Build an article; None where something is wrong with it."""
    n_before = len(problems)
    article_id = _article_id(row, problems)
    published = _published(row, problems)
    source, story, split = (_label(row, name, problems) for name in ("source", "story", "split"))
    tags = _tags(row, problems)
    if row.text is None or len(problems) > n_before:
        return None
    return Article(article_id, row.text, published, source, story, split, tags)


def _raw_id(row: _Row) -> object:
    return next((row.values[name] for name in _ID if name in row.values), None)


def _article_id(row: _Row, problems: list[Problem]) -> str:
    value = _raw_id(row)
    article_id = _as_text(value)
    if article_id is None:
        problem = f"id is {_shown(value)}: write it as text"
    elif not article_id.strip():
        problem = "the id is empty: give the article one"
    elif _SURROGATE.search(article_id):
        problem = f"id {article_id!r} holds half a surrogate pair: give the article another"
    else:
        return article_id
    problems.append(Problem(row.where, problem))
    return ""


def _published(row: _Row, problems: list[Problem]) -> date | None:
    value = row.values.get("published")
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if _as_text(value) == "":
        return None
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            problem = f"published is {value!r} ({error}): correct the day"
    else:
        problem = f"published is {_shown(value)}: write a day as YYYY-MM-DD, or nothing"
    problems.append(Problem(row.where, problem))
    return None


def _label(row: _Row, name: str, problems: list[Problem]) -> str:
    value = row.values.get(name)
    text = _as_text(value)
    if text is None:
        problems.append(Problem(row.where, f"{name} is {_shown(value)}: write it as text"))
    return text or ""


def _tags(row: _Row, problems: list[Problem]) -> tuple[str, ...]:
    value = row.values.get("tags")
    text = _as_text(value)
    tags = value if isinstance(value, list) else None if text is None else text.split(";")
    if tags is None or not all(isinstance(tag, str) for tag in tags):
        problem = f"tags is {_shown(value)}: write words with ';' between them"
        problems.append(Problem(row.where, problem))
        return ()
    # In a list, too, so that a table of articles can be written and read back.
    parts = [part.strip() for tag in tags for part in tag.split(";")]
    return tuple(part for part in parts if part)


def _as_text(value: object) -> str | None:
    """A value as text: "" where there is none, digits of a whole number, None for another."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    return None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _duplicate_ids(rows: Iterable[_Row]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for row in rows:
        article_id = _as_text(_raw_id(row)) or ""
        if article_id in first:
            where = first[article_id]
            yield Problem(row.where, f"id {article_id!r} is that of {where} too: change one")
        elif article_id.strip():
            first[article_id] = row.where
