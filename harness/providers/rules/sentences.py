"""Cut an article into paragraphs and sentences, and tell the story from the site's furniture."""

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from . import lexicon

__all__ = ["Document", "Paragraph", "Sentence", "read"]

Kind = Literal["body", "headline", "furniture"]

# A text without full stops must not make one endless sentence: every rule is linear per sentence
# only because sentences are bounded.
_MAX_SENTENCE = 1200
_MAX_HEADLINE = 160

_END = re.compile(r"[.!?…]{1,4}[\"”“\u2019»')\]]{0,3}(?=\s|[“\"„«\u2018]\w)|[.!?…]{1,4}[”»](?=\w)")
_OPENERS = re.compile(
    r"[\"“„«\u2018']?(?:The|A|An|In|On|But|And|He|She|It|They|We|I|This|That|These|Those|At"
    r"|For|If|When|"
    r"However|There|His|Her|Their|Its|After|Before|As|Earlier|Meanwhile|According)\b"
)
_TERMINAL = re.compile(r"[.!?:;…][\"”“\u2019»')\]]*\s*$|[”\"»]\s*$|,\s*$")

_LINE_FURNITURE = re.compile(
    r"""^\W{0,4}(?:
      share\b.{0,60} | tweet | pin\ it | e-?mail | print(?:\ this)? | facebook\b.{0,80} |
      twitter\b.{0,60} | whatsapp.{0,40} | telegram.{0,40} | linkedin.{0,40} | copy\ link |
      (?:subscribe|sign\ up|follow\ us|log\ ?in|sign\ in|register)\b.{0,140} |
      newsletter.{0,80} | advertis(?:e|ement|ing)\b.{0,60} | sponsored.{0,40} |
      (?:copyright|©|\(c\)).{0,200} | .{0,80}all\ rights\ reserved.{0,80} |
      (?:photo|image|picture|photograph|credit|caption|file\ photo)s?\b\W.{0,200} |
      (?:published|updated|posted|last\ (?:updated|modified)|first\ published|modified)\b.{0,100} |
      by\ [A-Z].{0,80} |
      (?:additional\ )?(?:reporting|writing|editing|compiled|translated)\ by\b.{0,160} |
      tags?\s*:.{0,200} | (?:filed\ under|categor(?:y|ies)|topics?|keywords)\b\s*:?.{0,120} |
      source\s*:.{0,100} | \d+\ (?:comments?|shares?|views?|min(?:ute)?s?\ read).{0,40} |
      (?:home|menu|search|skip\ to.{0,40}|back\ to\ top|previous|next) |
      (?:previous|next)\ (?:post|article|story).{0,120} |
      click\ here.{0,120} | (?:support|donate)\b.{0,100} | download\ (?:our|the)\ app.{0,80} |
      (?:read|see|watch|listen)(?:\ (?:more|also|next|now))?\s*:.{0,200} |
      (?:your\ email|required\ fields|save\ my\ name|name\ ?\*|email\ ?\*|website|post\ comment)
      .{0,140} |
      this\ (?:article|story|report|post)\ (?:was|is|has|first|originally).{0,200}
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_TAIL = re.compile(
    r"^\W{0,4}(?:related(?:\s+(?:articles?|stor(?:y|ies)|posts?|news|topics?|coverage"
    r"|content|links?))?|"
    r"more\s+(?:from|on|news|stories|in)\b.{0,60}|(?:\d+\s+)?comments?(?:\s*\(\d+\))?|"
    r"(?:leave|post|add|write)\s+a\s+(?:reply|comment)|about\s+(?:the\s+)?(?:author"
    r"|writer)s?\b.{0,60}|"
    r"recommended\b.{0,40}|most\s+(?:read|popular|viewed)|(?:you\s+(?:may"
    r"|might)\s+)?also\s+(?:like|read)\b.{0,20}|"
    r"you\s+(?:may|might)\s+(?:also\s+)?(?:like|be\s+interested).{0,30}|what\s+to\s+read\s+next|"
    r"latest\s+(?:news|stories|posts|articles|headlines)|further\s+reading|trending(?:\s+now)?|"
    r"join\s+the\s+(?:conversation|discussion|debate)|other\s+(?:news|stories|articles)"
    r"|notes|references|"
    r"editor'?\u2019?s'?\s+picks?|don['\u2019]t\s+miss|popular\s+(?:posts|articles"
    r"|stories))\W{0,3}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Paragraph:
    """A stretch of the article, and whether it is story, headline or furniture."""

    index: int
    start: int
    end: int
    kind: Kind


@dataclass(frozen=True)
class Sentence:
    """A sentence; ``text`` is ``article[start:end]``."""

    start: int
    end: int
    text: str
    paragraph: Paragraph


@dataclass
class Document:
    """An article with its paragraphs and the sentences of its story."""

    text: str
    paragraphs: list[Paragraph]
    sentences: list[Sentence]
    _starts: list[int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._starts = [sentence.start for sentence in self.sentences]

    def index_at(self, position: int) -> int:
        """Number of the sentence that holds ``position``, or the last one before it."""
        return max(bisect_right(self._starts, position) - 1, 0)

    def evidence(self, start: int, end: int | None = None) -> str:
        """The sentence at ``start``, or the stretch of sentences up to ``end``, to the letter."""
        first = self.sentences[self.index_at(start)]
        last = self.sentences[self.index_at(max(start, (end or start + 1) - 1))]
        return self.text[first.start : max(first.end, min(last.end, first.start + 2000))].strip()


def read(text: str) -> Document:
    """Cut ``text`` into a document; offsets are those of ``text``."""
    paragraphs = _classify(text, list(_paragraph_spans(text)))
    sentences = [
        Sentence(start, end, text[start:end], paragraph)
        for paragraph in paragraphs
        if paragraph.kind != "furniture"
        for start, end in _sentence_spans(text, paragraph.start, paragraph.end)
    ]
    return Document(text, paragraphs, sentences)


def _paragraph_spans(text: str) -> Iterator[tuple[int, int]]:
    """Lines, joined where a line plainly runs on into the next."""
    lines: list[tuple[int, int]] = []
    for match in re.finditer(r"[^\r\n]+", text):
        line = match.group()
        start = match.start() + len(line) - len(line.lstrip())
        end = match.start() + len(line.rstrip())
        if start < end:
            lines.append((start, end))
    wrapped = _is_hard_wrapped(text, lines)
    pending: tuple[int, int] | None = None
    for start, end in lines:
        if pending is None:
            pending = (start, end)
            continue
        gap = text[pending[1] : start]
        adjacent = len(re.findall(r"\r\n|\n|\r", gap)) == 1
        # Only the line's last characters decide, so that a long line is not copied once a line.
        runs_on = text[start].islower() and not _TERMINAL.search(
            text[max(pending[0], pending[1] - 40) : pending[1]]
        )
        if adjacent and (wrapped or runs_on):
            pending = (pending[0], end)
        else:
            yield pending
            pending = (start, end)
    if pending is not None:
        yield pending


def _is_hard_wrapped(text: str, lines: list[tuple[int, int]]) -> bool:
    """Whether paragraphs are blocks of lines of one width rather than one line each."""
    adjacent = [(a, b) for a, b in itertools.pairwise(lines) if text.count("\n", a[1], b[0]) == 1]
    if len(adjacent) < 4 or len(adjacent) < len(lines) / 2:
        return False
    full = sum(1 for (start, end), _ in adjacent if 50 <= end - start <= 110)
    unfinished = sum(1 for (_, end), _ in adjacent if text[end - 1] not in '.!?"”')
    return full >= 0.7 * len(adjacent) and unfinished >= 0.6 * len(adjacent)


def _classify(text: str, spans: list[tuple[int, int]]) -> list[Paragraph]:
    """Decide for each paragraph whether it is story, headline or furniture."""
    kinds: list[Kind] = []
    in_tail = False
    begun = False
    total = spans[-1][1] if spans else 0
    for start, end in spans:
        short = end - start <= _MAX_HEADLINE + 60
        line = text[start:end] if short else ""
        if short and _TAIL.match(line):
            # "Comments" at the top is a counter; below the story it opens the comment section.
            in_tail = in_tail or (begun and start > 0.4 * total)
            kinds.append("furniture")
        elif in_tail or (short and _LINE_FURNITURE.match(line)):
            kinds.append("furniture")
        elif short and end - start <= _MAX_HEADLINE and not _TERMINAL.search(line):
            kinds.append("headline" if len(line.split()) >= 4 else "furniture")
        elif (
            short and end - start <= _MAX_HEADLINE and not begun and not re.search(r"[.]\W*$", line)
        ):
            kinds.append("headline")
        else:
            begun = True
            kinds.append("body")
    _drop_lists(kinds)
    return [
        Paragraph(index, start, end, kind)
        for index, ((start, end), kind) in enumerate(zip(spans, kinds, strict=True))
    ]


def _drop_lists(kinds: list[Kind]) -> None:
    """Three headlines in a row, or headlines after the last paragraph, are links to other pages."""
    if "body" not in kinds:
        return
    last_body = len(kinds) - 1 - kinds[::-1].index("body")
    first_body = kinds.index("body")
    run: list[int] = []
    for index, kind in enumerate([*kinds, "body"]):
        if kind == "headline":
            run.append(index)
            continue
        if run and (run[0] > last_body or (len(run) >= 3 and run[0] > first_body)):
            for position in run:
                kinds[position] = "furniture"
        run = []


def _sentence_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for match in _END.finditer(text, start, end):
        if match.start() >= begin and _ends_sentence(text, match, end):
            yield from _bounded(text, begin, match.end())
            begin = match.end()
            while begin < end and text[begin].isspace():
                begin += 1
    if begin < end:
        yield from _bounded(text, begin, end)


def _ends_sentence(text: str, match: re.Match[str], end: int) -> bool:
    after = text[match.end() : min(match.end() + 40, end)].lstrip()
    if not after:
        return True
    if after[0].islower():
        return False
    if match.group()[0] != ".":
        return True
    word = text[max(0, match.start() - 12) : match.start()].split()[-1:] or [""]
    last = word[0].lstrip("(\"“'\u2018").lower()
    if len(last) == 1 and last.isalpha() and last != "i":
        return False
    if last not in lexicon.words("abbreviations") or len(match.group()) > 1:
        return True
    return last in lexicon.words("abbreviations_that_end") and _OPENERS.match(after) is not None


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The span, cut at white space wherever it is longer than any real sentence."""
    while end - start > _MAX_SENTENCE:
        cut = text.rfind(" ", start + 1, start + _MAX_SENTENCE)
        cut = cut if cut > start else start + _MAX_SENTENCE
        yield start, cut
        start = cut
    if start < end:
        yield start, end
