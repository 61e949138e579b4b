"""Claims of the type sanctions: who takes which measure against whom."""

import re
from bisect import bisect_left
from typing import Any

from . import lexicon
from .actors import Cast
from .dates import Stated
from .measures import STATUSES, WORDINGS, Wording
from .mentions import Mention
from .sentences import Document, Sentence

__all__ = ["extract_sanctions"]

_HINT = re.compile(
    r"sanction|expel|expuls|eject|kick|persona|order|gave|giv|freez|froz|asset|ban|bar"
    r"|prohibit|forbid|embargo"
    r"|tariff|dut|lev|export|import|restrict|travel|visa|blacklist|designat|retaliat|curb"
    r"|limit|halt|suspend"
    r"|cut|exclud|remov|disconnect|penalt|countermeasure|counter-measure|seiz|block|den"
    r"|revok|cancel|list",
    re.IGNORECASE,
)
_ARTICLES = re.compile(
    r"^(?:(?:the|a|an|its|their|his|her|further|all|additional|new|another|some|more)\s+)+(?=\w)",
    re.IGNORECASE,
)
_FORMAL = re.compile(
    r"\b(?:announce[sd]|impose[sd]|sign(?:s|ed)|introduce[sd]|order(?:s|ed)|slapped"
    r"|adopt(?:s|ed)|approve[sd]"
    r"|decided\s+to|declare[sd]?|is\s+expelling|are\s+expelling|expelled|unveil(?:s|ed))\b"
)
_DECIDED = re.compile(r"\bannounced\s+(?:\w+\s+){0,12}?(?:will|would)\s+$")


def extract_sanctions(document: Document, cast: Cast, dates: list[Stated]) -> list[dict[str, Any]]:
    """The punitive measures of the story, each once."""
    starts = [stated.start for stated in dates]
    claims: list[dict[str, Any]] = []
    seen: list[tuple[str, str, str, frozenset[str]]] = []
    for sentence in document.sentences:
        if sentence.paragraph.kind != "body" or not _HINT.search(sentence.text):
            continue
        for wording, match in _matches(sentence):
            previous = claims[-1] if claims else None
            claim = _claim(document, cast, sentence, wording, match, previous)
            if claim is None:
                continue
            low, high = bisect_left(starts, sentence.start), bisect_left(starts, sentence.end)
            claim["effective"] = _effective(dates[low:high], sentence, match, claim["status"])
            if _is_new(claim, seen):
                claims.append(claim)
    return claims


def _matches(sentence: Sentence) -> list[tuple[Wording, re.Match[str]]]:
    """The wordings that stand in a sentence, the more specific first; they never overlap."""
    found: list[tuple[Wording, re.Match[str]]] = []
    for wording in WORDINGS:
        for match in wording.pattern.finditer(sentence.text):
            if not any(m.start() < match.end() and match.start() < m.end() for _, m in found):
                found.append((wording, match))
    return sorted(found, key=lambda pair: pair[1].start())


def _claim(
    document: Document,
    cast: Cast,
    sentence: Sentence,
    wording: Wording,
    match: re.Match[str],
    previous: dict[str, Any] | None,
) -> dict[str, Any] | None:
    at = sentence.start + match.start()
    if re.search(r"\b(?:never|nor)\s+(?:\w+\s+)?$", sentence.text[: match.start()]):
        return None
    status = _status(sentence.text, match)
    if wording.is_vague:
        imposer, target = _parties(cast, sentence, match)
    else:
        target = _target(cast, sentence, match)
        if target is None and previous is not None and "them" in match.group("target"):
            target = previous["target"]
        if target is None:
            return None
        imposer = _imposer(cast, sentence, match, target, previous)
    measure = wording.measure
    if measure == "designation" and target in {*cast.states.values(), *cast.states}:
        measure = "unspecified"
    if imposer is None and wording.is_vague:
        return None
    return {
        "imposer": imposer,
        "target": target,
        "measure": measure,
        "status": status,
        "effective": None,
        "evidence": document.evidence(at),
    }


def _status(text: str, match: re.Match[str]) -> str:
    """Status by the words of the clause in front of the measure, then by those around it."""
    before = text[max(0, match.start() - 110) : match.start()]
    clause = re.split(r"[;:]|,\s+(?:and|but|while)\s", before)[-1]
    trigger = match.group().split()[0].lower()
    for name, pattern in STATUSES:
        if name == "rejected" and not re.search(pattern.pattern + r"[^,.]{0,45}$", clause):
            continue
        if name == "lifted" and not re.search(pattern.pattern + r"[^,.]{0,40}$", clause):
            continue
        if name == "threatened":
            if trigger.endswith("led") or trigger in {"froze", "banned", "barred", "sanctioned"}:
                break
            # "announced that it would expel" is a formal announcement, no threat.
            if _DECIDED.search(clause) and "could" not in clause and " if " not in text:
                return "imposed"
            near = list(pattern.finditer(clause))
            formal = list(_FORMAL.finditer(clause))
            if not near:
                continue
            # "would be imposed" and "threatened measures": the later word decides, unless it
            # belongs to the modal in front of it.
            gap = formal[-1].start() - near[-1].end() if formal else 0
            if formal and gap > 8:
                continue
        return name
    after = text[match.end() : match.end() + 60]
    if re.search(r"^\s*(?:if|unless)\b", after):
        return "threatened"
    if re.search(
        r"^\s*(?:\w+\s+){0,2}?(?:were|was|had\s+been|have\s+been|has\s+been)\s+lifted\b", after
    ):
        return "lifted"
    return "imposed"


def _target(cast: Cast, sentence: Sentence, match: re.Match[str]) -> str | None:
    """The words of the target, or the state's name where they name a state alone."""
    words = match.group("target").strip(" ,.'\u2019\"")
    words = _ARTICLES.sub("", words)
    if not words or words.lower() in {"it", "them", "him", "her", "us", "those", "this", "that"}:
        return None
    state = lexicon.state_names().get(words) or lexicon.capitals().get(words)
    if state is not None:
        return cast.states.get(state.name, words)
    start = sentence.start + match.start("target")
    for mention in cast.between(start, start + len(match.group("target")) + 1):
        if mention.kind != "state" and mention.end - mention.start >= len(words) - 4:
            return mention.name
    return words


def _imposer(
    cast: Cast,
    sentence: Sentence,
    match: re.Match[str],
    target: str,
    previous: dict[str, Any] | None,
) -> str | None:
    """The state that acts: named in front of the measure, else that of the measure before."""
    at = sentence.start + match.start()
    own = cast.between(sentence.start, at)
    candidates: list[str | None] = [_state_of(cast, m) for m in own]
    tail = sentence.text[match.end() : match.end() + 80]
    by = re.search(r"\bby\s+(?:the\s+)?", tail)
    if by is not None:
        begin = sentence.start + match.end() + by.end()
        agents = [_state_of(cast, m) for m in cast.between(begin, begin + 25)]
        candidates = [*[state for state in agents if state][:1]] or candidates
    fits = [state for state in candidates if state and not _is_hit(cast, state, target)]
    if fits:
        return fits[0]
    if (
        previous is not None
        and previous["imposer"]
        and not _is_hit(cast, previous["imposer"], target)
    ):
        return str(previous["imposer"])
    for mention in cast.before(sentence.start, 25):
        state = _state_of(cast, mention)
        if state and not _is_hit(cast, state, target):
            return state
    return None


def _parties(cast: Cast, sentence: Sentence, match: re.Match[str]) -> tuple[str | None, str | None]:
    """Imposer and target of a measure that names no target: the two states of the sentence."""
    states: list[str] = []
    for mention in cast.between(sentence.start, sentence.start + match.start()):
        state = _state_of(cast, mention)
        if state and state not in states:
            states.append(state)
    if not states:
        return None, None
    for mention in cast.before(sentence.start, 20):
        state = _state_of(cast, mention)
        if state and state not in states:
            states.append(state)
    return states[0], states[1] if len(states) > 1 else None


def _state_of(cast: Cast, mention: Mention) -> str | None:
    """The state for which a mention acts, or the international body itself."""
    if mention.kind == "state":
        return cast.states.get(mention.name, mention.name)
    if mention.kind == "organization":
        nation = cast.bodies.get(mention.name)
        if nation:
            return cast.states.get(nation, nation)
        if lexicon.bodies().get(mention.name) in {"NATO", "United Nations", "UN Security Council"}:
            return mention.name
        return None
    role = cast.persons[mention.name].role or ""
    for word in [*re.sub(r"['\u2019]s\b", "", role).split(), role[:13]]:
        state = lexicon.demonyms().get(word) or lexicon.state_names().get(word)
        if state is not None:
            return cast.states.get(state.name, state.name)
    return None


def _is_hit(cast: Cast, state: str, target: str) -> bool:
    """Whether a state is the one that the measure is against."""
    if state == target or state in target:
        return True
    for entry in lexicon.states():
        if cast.states.get(entry.name, entry.name) == state or state in entry.names:
            return any(re.search(rf"\b{re.escape(d)}", target) for d in entry.demonyms)
    return False


def _effective(
    dates: list[Stated], sentence: Sentence, match: re.Match[str], status: str
) -> str | None:
    """The day that the sentence gives, the nearest behind the measure before any in front."""
    if status != "imposed":
        return None
    at = sentence.start + match.end()
    days = [s for s in dates if s.day is not None and "T" not in s.value]
    behind = [s for s in days if s.start >= at]
    chosen = behind[:1] or days[-1:]
    return chosen[0].value if chosen else None


def _is_new(claim: dict[str, Any], seen: list[tuple[str, str, str, frozenset[str]]]) -> bool:
    """Whether no earlier claim has the same measure by the same side against the same target."""
    words = frozenset(re.findall(r"\w+", (claim["target"] or "").lower()))
    for imposer, measure, status, target in seen[-200:]:
        same = imposer == claim["imposer"] and measure == claim["measure"]
        if same and (status == claim["status"] or measure == "expulsion"):
            shared = len(words & target)
            if words == target or (shared and shared >= 0.5 * min(len(words), len(target))):
                return False
    seen.append((claim["imposer"] or "", claim["measure"], claim["status"], words))
    return True
