"""The gate ``no_lost``: claims that a person has named have to be found."""

from __future__ import annotations

from collections.abc import Iterator

from harness.evaluate import OVERALL
from harness.gates import GateLevel, Gates
from harness.regression.beside_baseline import BesideBaseline
from harness.regression.claim_ids import KnownClaim
from harness.regression.standing import CellStanding
from harness.regression.verdict import CheckItem, Verdict, plural
from harness.reports.plain import printable

__all__ = ["judge_no_lost"]

_TAG = "tag:"


def judge_no_lost(case: BesideBaseline, item: CheckItem, gates: Gates) -> Verdict:
    """Judge whether the claims that are named are found, and those of tags that were.

    A claim is found where more than half of the replies have it.
    """
    unknown, lost, undecided = [], list[str](), list[str]()
    n_looked_at = 0
    for name in gates.no_lost:
        if name.startswith(_TAG):
            tagged = list(_of_tag(case, name.removeprefix(_TAG), item.claim_type))
            if not tagged:
                unknown.append(f"no labelled article with a claim has the tag {name[4:]!r}")
            elif case.reference is None:
                undecided.append(f"{name}: {case.no_reference}")
            else:
                before = case.reference.cell
                found = [claim for claim in tagged if _is_found(before, claim, gates.level)]
                n_looked_at += len(found)
                lost += [_lost(each) for each in found if not _is_now(case, each, gates)]
        elif claim := case.claims.get(name):
            if item.claim_type in (OVERALL, claim.claim_type.name):
                n_looked_at += 1
                lost += [] if _is_now(case, claim, gates) else [_lost(claim)]
        else:
            unknown.append(f"no required gold claim has the id {name!r}: was its gold edited?")
    lost = list(dict.fromkeys(lost))
    lines = tuple(map(printable, (*lost, *unknown, *undecided)))
    n, limit = n_looked_at, 0.0
    if lost or unknown:
        parts = [f"{plural(len(lost), 'claim')} of {n:,} that may not be lost: not found"] * bool(
            lost
        )
        parts += [f"{plural(len(unknown), 'entry')} of no_lost: nothing has that name"] * bool(
            unknown
        )
        return Verdict(item, "fail", "; ".join(parts), float(len(lost)), limit, n, "claim", lines)
    if undecided:
        message = f"{plural(len(undecided), 'tag')} of no_lost: there is no telling what was found"
        return Verdict(item, "inconclusive", message, None, limit, n, "claim", lines)
    message = f"all {plural(n, 'claim')} that may not be lost: found"
    return Verdict(item, "pass", message, 0.0, limit, n, "claim")


def _of_tag(case: BesideBaseline, tag: str, claim_type: str) -> Iterator[KnownClaim]:
    ids = {article.id for article in case.articles.values() if tag in article.tags}
    for claim in case.claims.values():
        if claim.article_id in ids and claim_type in (OVERALL, claim.claim_type.name):
            yield claim


def _is_now(case: BesideBaseline, claim: KnownClaim, gates: Gates) -> bool:
    return _is_found(case.now, claim, gates.level)


def _is_found(cell: CellStanding, claim: KnownClaim, level: GateLevel) -> bool:
    place = (claim.article_id, claim.claim_type.name)
    found = cell.found.get(place)
    if found is None or claim.digest not in found.digests or cell.counts is None:
        return False
    times = found.times(level)[found.digests.index(claim.digest)]
    (row,) = cell.counts.places([claim.article_id])
    n_replies = int(cell.counts.n_repeats[row, cell.counts.claim_types.index(place[1])])
    return 2 * times > n_replies


def _lost(claim: KnownClaim) -> str:
    return f"not found: {claim.text} [{claim.id}]"
