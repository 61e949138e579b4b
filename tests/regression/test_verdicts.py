"""Each gate's verdict, from recorded replies to the sentence."""

from __future__ import annotations

import pytest

from .conftest import OTHER, Work, but, silent


def test_a_drop_of_exactly_max_drop_passes(work: Work) -> None:
    work.record()
    work.save()
    work.prompt(OTHER)
    # 49 of 50 right and one wrong: F1 is 98/100. In floating point 1 - 0.98 is more than 0.02.
    work.record(but(["a00"], work.gold))
    found = work.verdict("max_drop")
    assert (found.status, found.value, found.limit) == ("pass", 0.02, 0.02)
    assert "fell by 0.020 to 0.980 from 1.000, no more than max_drop = 0.02" in found.message
    assert "n = 50 gold claims in 50 articles" in found.message


def test_a_drop_beyond_max_drop_fails_and_names_what_is_lost(work: Work) -> None:
    work.record()
    work.save()
    work.prompt(OTHER)
    work.record(but(["a00", "a07"], work.gold))
    overall, by_type = work.verdict("max_drop"), work.verdict("max_drop", "dates")
    assert overall.status == "fail"
    assert [line.partition(" [")[0] for line in overall.details] == [
        "lost 2031-04-01 (April 1)",
        "lost 2031-04-08 (April 8)",
    ]
    assert "[a07:dates:" in overall.details[1]
    # A claim type may vary more. What was lost is told below, for whoever wants to know.
    assert (by_type.status, by_type.limit, by_type.details) == ("pass", 0.05, ())


def test_scores_at_their_limit_pass(work: Work) -> None:
    gates = "[gates]\nmin_f1 = 0.98\nmin_precision = 0.9801\n"
    work.settings(gates)
    work.record(but(["a00"], work.gold))
    assert work.verdict("min_f1").status == "pass"
    found = work.verdict("min_precision")
    assert found.status == "fail"
    # As many digits as it takes to see the difference.
    assert "precision overall is 0.980, below min_precision = 0.9801" in found.message
    assert (found.n, found.n_of) == (50, "prediction")


def test_an_undefined_score_is_inconclusive(work: Work) -> None:
    work.settings("[gates]\nmin_precision = 0.5\nmin_recall = 0.5\n")
    work.record(lambda name: [])
    precision, recall = work.verdict("min_precision"), work.verdict("min_recall")
    assert precision.status == "inconclusive"
    assert "undefined" in precision.message
    assert (recall.status, recall.value) == ("fail", 0)


def test_a_claim_type_that_nobody_labelled_is_inconclusive(work: Work) -> None:
    work.settings("[gates]\nmin_f1 = 0.5\n")
    work.record()
    found = work.verdict("min_f1", "quotes")
    assert (found.status, "no article is labelled with it" in found.message) == (
        "inconclusive",
        True,
    )


def test_strict_gates_look_at_strict_pairs(work: Work) -> None:
    work.articles({"a": [1]})
    work.label("a", [], quotes=[{"text": "We gave fair warning", "speaker": None, "evidence": "."}])
    work.settings('[gates]\nmin_recall = 0.5\nlevel = "strict"\n')
    work.record(lambda name: [])
    found = work.verdict("min_recall", "quotes")
    assert "recall of quotes (strict) is 0.000" in found.message


@pytest.mark.parametrize(("n_wrong", "status"), [(3, "warn"), (12, "fail")])
def test_a_drop_that_may_be_noise_only_warns(work: Work, n_wrong: int, status: str) -> None:
    work.settings("[gates]\nsignificant = true\n")
    work.record()
    work.save()
    work.prompt(OTHER)
    work.record(but([f"a{number:02}" for number in range(n_wrong)], work.gold))
    found = work.verdict("max_drop")
    assert found.status == status
    assert "95% interval" in found.message
    assert ("it may be noise" in found.message) == (status == "warn")


@pytest.mark.parametrize(("wrong", "status"), [([], "inconclusive"), (["a0"], "fail")])
def test_too_little_gold_to_be_significant_says_how_much_it_takes(
    work: Work, wrong: list[str], status: str
) -> None:
    work.settings("[gates]\nsignificant = true\n")
    work.articles({f"a{number}": [number + 1] for number in range(5)})
    work.record()
    work.save()
    work.prompt(OTHER)
    work.record(but(wrong, work.gold))
    found = work.verdict("max_drop")
    assert found.status == status
    # With n articles there are 2**n swaps, two of which are as large as what is observed.
    assert "5 articles can show nothing significant: p can be below 0.05 from 6 on" in (
        found.message.replace(" articles on", " on")
    )
    assert "max_drop alone decides" in found.message
    assert ("is likely to be seen from about" in found.message) == bool(wrong)


def test_failed_requests(work: Work) -> None:
    work.settings("[gates]\nmax_failed = 0.02\n")
    work.record(failed=["a00"])
    found = work.verdict("max_failed")
    assert (found.status, found.value, found.n) == ("pass", 0.02, 50)
    work.settings("[gates]\nmax_failed = 0.01\n")
    assert work.verdict("max_failed").status == "fail"


def test_values_that_are_nowhere_in_the_article(work: Work) -> None:
    work.settings("[gates]\nmax_ungrounded = 0.01\nmax_copied = 0\n")
    work.articles({"a": [1, 2]})
    # The article has the thirty days of April, and the prompt one of May.
    work.prompt("## user\nNot May 31st of the example: {{ article.text }}\n")
    work.record(lambda name: [1, 2])
    assert work.verdict("max_ungrounded").status == "pass"
    found = work.verdict("max_copied")
    assert (found.status, found.n, found.n_of) == ("pass", 2, "verbatim value")
    work.record(lambda name: [1, 99])
    found = work.verdict("max_ungrounded")
    assert (found.status, found.value) == ("fail", 0.5)
    assert "1 of 2 verbatim values are nowhere in their article: 0.500" in found.message
    assert work.verdict("max_copied").value == 0


def test_values_that_are_copied_from_the_prompt(work: Work) -> None:
    work.settings("[gates]\nmax_ungrounded = 0.5\nmax_copied = 0.4\n")
    work.articles({"a": [1, 2]})
    work.prompt("## user\nAs April 99 in the example: {{ article.text }}\n")
    work.record(lambda name: [1, 99])
    found = work.verdict("max_copied")
    assert (found.status, found.value, found.n) == ("fail", 0.5, 2)
    assert "1 of 2 verbatim values are copied from the prompt: 0.500, more than" in found.message
    # What is copied is nowhere in the article either.
    ungrounded = work.verdict("max_ungrounded")
    assert (ungrounded.status, ungrounded.value) == ("pass", 0.5)


def test_cost(work: Work) -> None:
    work.settings("[gates]\nmax_cost = 12.5\n")
    work.record(cost_usd=0.25)
    assert work.verdict("max_cost").status == "pass"
    work.settings("[gates]\nmax_cost = 12.4\n")
    assert work.verdict("max_cost").status == "fail"


def test_an_unknown_cost_is_inconclusive(work: Work) -> None:
    work.settings("[gates]\nmax_cost = 1\n")
    work.record(cost_usd=None)
    assert work.verdict("max_cost").status == "inconclusive"


def test_named_claims_may_not_be_lost(work: Work) -> None:
    work.record(but(["a00"], work.gold))
    found = {claim.article_id: claim.id for claim in work.check().standing.claims.values()}
    work.settings(f'[gates]\nno_lost = ["{found["a01"]}"]\n')
    assert work.verdict("no_lost").status == "pass"
    work.settings(f'[gates]\nno_lost = ["{found["a01"]}", "{found["a00"]}"]\n')
    lost = work.verdict("no_lost")
    assert (lost.status, lost.value, lost.n) == ("fail", 1, 2)
    assert lost.details == (f"not found: 2031-04-01 (April 1) [{found['a00']}]",)


def test_a_named_claim_that_gold_does_not_have_fails(work: Work) -> None:
    work.settings('[gates]\nno_lost = ["a00:dates:00000000"]\n')
    work.record()
    found = work.verdict("no_lost")
    assert found.status == "fail"
    assert "no required gold claim has the id 'a00:dates:00000000'" in found.details[0]


def test_claims_of_a_tag_that_were_found_may_not_be_lost(work: Work) -> None:
    tags = {"a00": ["core"], "a01": ["core"], "a02": ["other"]}
    work.settings('[gates]\nmax_drop = false\nno_lost = ["tag:core"]\n')
    work.articles(work.gold, tags=tags)
    work.record(silent(["a01"], work.gold))
    assert work.verdict("no_lost").status == "inconclusive"
    work.save()
    # What the baseline does not find either is not lost, nor is what has another tag.
    work.prompt(OTHER)
    work.record(silent(["a01", "a02"], work.gold))
    passed = work.verdict("no_lost")
    assert (passed.status, passed.n) == ("pass", 1)
    work.prompt(OTHER + "Now.\n")
    work.record(silent(["a00"], work.gold))
    assert work.verdict("no_lost").status == "fail"


def test_a_tag_of_no_article_fails(work: Work) -> None:
    work.settings('[gates]\nno_lost = ["tag:crore"]\n')
    work.record()
    found = work.verdict("no_lost")
    assert (found.status, "'crore'" in found.details[0]) == ("fail", True)


def test_repeats_are_averaged_and_counted(work: Work) -> None:
    work.articles({"a": [1], "b": [2]})
    work.record(repeats=3)
    work.save(repeats=3)
    work.prompt(OTHER)
    work.record(
        repeats=3, by_repeat=lambda name, n: [] if (name, n) == ("a", 0) else work.gold[name]
    )
    found = work.verdict("max_drop", repeats=3)
    # 5 of 6 found, nothing wrong: F1 is 10/11.
    assert found.value == pytest.approx(1 / 11)
    assert found.details[0].endswith("found in 2 of 3, was 3 of 3")


def test_better_on_dev_and_worse_on_test_is_a_warning(work: Work) -> None:
    half = {name: "dev" if name < "a25" else "test" for name in work.gold}
    work.articles(work.gold, split=half.__getitem__)
    work.record(silent(["a00", "a01"], work.gold))
    work.save()
    work.prompt(OTHER)
    work.record(silent(["a40"], work.gold))
    found = work.verdict("splits")
    assert found.status == "warn"
    assert "rose on dev from 0.958 to 1.000 and fell on test from 1.000 to 0.980" in found.message
    work.record(silent([], work.gold))
    assert not any(each.item.gate == "splits" for each in work.check().verdicts)


def test_cells_that_came_or_went_are_warnings(work: Work) -> None:
    work.record()
    work.save()
    work.settings(models=["other"])
    work.record()
    check = work.check()
    assert not check.failed
    warnings = [each.message for each in check.verdicts if each.status == "warn"]
    assert any("mine guided is in the baseline and not here any more" in each for each in warnings)
    assert any("other guided is not in the baseline" in each for each in warnings)
    # Who asks for one cell has not lost the others.
    only = work.check(models=["other"])
    assert [each for each in only.verdicts if "not here any more" in each.message] == []
