from __future__ import annotations

from harness.claims import load_schema
from harness.records import Gold, GoldClaim
from harness.regression.claim_ids import claim_text, known_claims
from harness.regression.standing import FoundClaims

SCHEMA = load_schema()
ONE = {"text": "May 5", "value": "2031-05-05"}
TWO = {"text": "May 6", "value": "2031-05-06"}


def ids(*claims: GoldClaim) -> list[str]:
    known = known_claims(Gold("a", {"dates": claims}), SCHEMA)["dates"]
    return [claim.id for claim in known if claim is not None]


def test_an_id_does_not_depend_on_the_place() -> None:
    first, second = ids(GoldClaim(ONE), GoldClaim(TWO))
    assert ids(GoldClaim(TWO), GoldClaim(ONE)) == [second, first]
    assert first.startswith("a:dates:")


def test_an_id_depends_on_what_is_compared_alone() -> None:
    (plain,) = ids(GoldClaim(ONE))
    (more,) = ids(GoldClaim({**ONE, "event": "x"}, accept={"value": ["2031-05"]}))
    (other,) = ids(GoldClaim({**ONE, "value": "2031-05"}))
    assert (more == plain, other == plain) == (True, False)


def test_optional_claims_have_no_id() -> None:
    assert ids(GoldClaim(ONE, optional=True), GoldClaim(TWO)) == ids(GoldClaim(TWO))


def test_equal_claims_have_ids_of_their_own_and_no_order() -> None:
    known = known_claims(Gold("a", {"dates": (GoldClaim(ONE), GoldClaim(ONE))}), SCHEMA)["dates"]
    claims = [claim for claim in known if claim is not None]
    assert len({claim.id for claim in claims}) == 2
    # Which of the two was paired is chance.
    assert FoundClaims.of(claims, [0, 1], [0, 1]) == FoundClaims.of(claims, [1, 0], [1, 0])


def test_a_text_is_short_and_printable() -> None:
    quote = {"text": "a\x1b[31m\nb " + "long " * 100, "speaker": "Bo"}
    text = claim_text(quote, SCHEMA.types["quotes"])
    assert text.startswith("“a\N{REPLACEMENT CHARACTER}[31m b long")
    assert len(text) <= 120
    assert claim_text({"text": "x", "speaker": "Bo"}, SCHEMA.types["quotes"]) == "“x” (Bo)"
