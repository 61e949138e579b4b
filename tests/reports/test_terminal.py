"""What a terminal shows."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
from pydantic import create_model
from rich.cells import cell_len
from rich.console import Console, RenderableType

from harness.claims import ClaimSchema, load_schema
from harness.evaluate import OVERALL, Evaluation, Resampling, Signature, evaluate
from harness.records import Article, Cell, CellPredictions, CellUsage, Gold, GoldClaim, Prediction
from harness.reports.caveats import basis_of, caveats
from harness.reports.error_tally import ErrorTally
from harness.reports.grid import shortened
from harness.reports.summary import summarize
from harness.reports.terminal import errors_text, leaderboard_text, summary_text

INTERVAL = re.compile(r"([01]?\.\d+)-([01]?\.\d+)")


def caveats_of(evaluation: Evaluation) -> list[str]:
    return caveats(basis_of(evaluation))


def shown(renderable: RenderableType, width: int = 80) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, force_terminal=False).print(renderable)
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 100, 200])
def test_leaderboard_fits_and_cuts_no_number(
    evaluation: Evaluation, usage: dict[Cell, CellUsage], width: int
) -> None:
    text = shown(leaderboard_text(summarize(evaluation, usage), width), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    good = next(cell for cell in evaluation.cells if cell.cell.model == "good/model")
    interval = good.interval_of(OVERALL)
    limits = "-".join(f"{each.f1:.2f}" for each in (interval.low, interval.high))
    limits = limits.replace("0.", ".").replace("1.00", "1.0")
    # F1, P and R are means over actors, quotes and dates; sanctions have no gold.
    figures = [
        *("0.711", limits, "0.833", "0.722", "0.489"),
        *("0.800", "0.667", "0.667", "–", "0"),
    ]
    lines = text.splitlines()
    (place,) = [number for number, line in enumerate(lines) if "good/model" in line]
    if width == 80:
        assert lines[place] == " 1  good/model · plain"
        assert lines[place + 1].split() == figures
        assert lines[1].split()[:5] == ["F1", "95%", "P", "R", "strict"]
    else:
        assert lines[place].split() == ["1", "good/model", "plain", *figures]
    # Figures stand under their headers.
    head = lines[0 if width > 80 else 1]
    row = lines[place + (width == 80)]
    assert row.index("0.722") + 5 == head.index(" R ") + 2
    assert len(row) == len(head)


def test_leaderboard_caption_says_what_the_figures_are(evaluation: Evaluation) -> None:
    text = " ".join(shown(leaderboard_text(summarize(evaluation))).split())
    assert "2 articles, 6 gold claims" in text
    assert "lenient micro F1" in text
    assert "– is undefined" in text


def test_leaderboard_shows_names_as_they_are(evaluation: Evaluation) -> None:
    text = shown(leaderboard_text(summarize(evaluation), 200), 200)
    assert "[red]terse[/red]" in text


def test_leaderboard_lets_no_control_character_through(
    schema: ClaimSchema, gold: dict[str, Gold]
) -> None:
    cell = Cell("a\x1b[31mb\x07\u202ec\nd", "p\ud800")
    evaluation = evaluate([CellPredictions(cell, ("actors",), [])], gold, schema)
    text = shown(leaderboard_text(summarize(evaluation), 120), 120)
    assert "a\ufffd[31mb\ufffd\ufffdc\ufffdd" in text


def test_leaderboard_failed_units_count_where_nothing_was_asked(evaluation: Evaluation) -> None:
    lines = shown(leaderboard_text(summarize(evaluation))).splitlines()
    (place,) = [number for number, each in enumerate(lines) if "=HYPER" in each]
    assert lines[place] == " 1  =HYPERLINK(1) · [red]terse[/red]"
    assert lines[place + 1].split()[-1] == "1"


def test_leaderboard_leaves_out_claim_types_without_room_and_says_so() -> None:
    actors = load_schema().types["actors"].model
    names = [f"claims_of_sort_{number}" for number in range(12)]
    fields = dict.fromkeys(names, (list[actors], ...))
    schema = ClaimSchema.from_class(create_model("Many", **fields))
    gold = {"a": Gold("a", {name: (GoldClaim({"name": "x", "kind": "state"}),) for name in names})}
    predictions = CellPredictions(Cell("m" * 40, "p" * 40), tuple(names), [Prediction("a", {})])
    evaluation = evaluate([predictions], gold, schema)
    text = shown(leaderboard_text(summarize(evaluation), 80))
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "more claim types stand in leaderboard.csv" in " ".join(text.split())
    assert text.count("m") >= 40
    assert "…" not in text


def test_leaderboard_without_cells_is_a_table(schema: ClaimSchema) -> None:
    signature = Signature("", {}, Resampling())
    assert "0 articles" in shown(leaderboard_text(summarize(Evaluation(schema, (), signature))))


def evaluated(
    n_articles: int, n_cells: int, *, n_right: int = 99, story: str = "", n_resamples: int = 10_000
) -> Evaluation:
    """Cells of which the first finds every date, and the others only some."""
    schema = load_schema()
    ids = [f"a{number:02}" for number in range(n_articles)]
    date = {"text": "1", "value": "2031-04-15"}
    wrong = {"text": "1", "value": "2031-04-16"}
    cells = [
        CellPredictions(
            Cell(f"model-{number}", "p"),
            ("dates",),
            [
                Prediction(each, {"dates": [date if not number or place < n_right else wrong]})
                for place, each in enumerate(ids)
            ],
        )
        for number in range(n_cells)
    ]
    gold = {each: Gold(each, {"dates": (GoldClaim(date),)}) for each in ids}
    articles = {
        each: Article(each, "", story=f"{story}{n}" if story else "") for n, each in enumerate(ids)
    }
    return evaluate(cells, gold, schema, articles, resampling=Resampling(0, n_resamples))


@pytest.mark.parametrize(
    ("n_articles", "n_cells", "expected"),
    [
        (1, 1, ["One article says nothing of how figures vary: there are no intervals."]),
        (1, 2, ["One article says nothing of how figures vary: there are no intervals."]),
        (5, 1, ["5 articles are few: the interval may be too narrow."]),
        (
            5,
            2,
            [
                "With 5 articles no difference between cells can be significant, however "
                "large: p is at least 0.062, and 2 comparisons are made."
            ],
        ),
        (7, 1, ["7 articles are few: the interval may be too narrow."]),
        (8, 1, []),
        (20, 1, []),
        (20, 2, []),
        (7, 2, []),
        (
            7,
            3,
            [
                "With 7 articles no difference between cells can be significant, however "
                "large: p is at least 0.016, and 6 comparisons are made."
            ],
        ),
    ],
)
def test_what_can_be_told_of_so_many_articles(
    n_articles: int, n_cells: int, expected: list[str]
) -> None:
    evaluation = evaluated(n_articles, n_cells)
    assert caveats_of(evaluation) == expected
    caption = " ".join(shown(leaderboard_text(summarize(evaluation))).split())
    assert all(sentence in caption for sentence in expected)


def test_what_can_be_told_is_so() -> None:
    """Where no difference can be significant, the largest is not; one article more, and it is."""
    for n_articles, verdict in ((6, "no evidence"), (7, "worse")):
        evaluation = evaluated(n_articles, 2, n_right=0)
        assert bool(caveats_of(evaluation)) is (verdict == "no evidence")
        assert {row.verdict for row in evaluation.comparisons} == {"", verdict}


def test_what_can_be_told_speaks_of_what_is_resampled() -> None:
    (line,) = caveats_of(evaluated(8, 6, story="s"))
    assert line.startswith("With 8 stories no difference")
    assert "30 comparisons" in line
    signature = Signature("", {}, Resampling())
    assert caveats_of(Evaluation(load_schema(), (), signature)) == []


def test_leaderboard_of_one_article_has_no_interval() -> None:
    lines = shown(leaderboard_text(summarize(evaluated(1, 1)))).splitlines()
    assert any("model-0" in line for line in lines)
    assert "1 article, 1 gold claim. " in " ".join(lines)
    assert not INTERVAL.search("\n".join(lines))
    assert "nan" not in "".join(lines)


@pytest.mark.parametrize("n_right", [0, 1, 150, 199, 200])
@pytest.mark.parametrize("width", [80, 120])
def test_leaderboard_fits_whatever_its_figures(n_right: int, width: int) -> None:
    # 199 of 200: limits that round to 1.
    evaluation = evaluated(200, 2, n_right=n_right)
    text = shown(leaderboard_text(summarize(evaluation), width), width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    cell = evaluation.cells[1]
    interval = cell.interval_of(OVERALL)
    low, high = interval.low.f1, interval.high.f1
    found = [tuple(map(float, limits)) for limits in INTERVAL.findall(text)]
    assert len(found) == 2
    assert any(limits == pytest.approx((low, high), abs=0.006) for limits in found)


def test_leaderboard_of_long_names_fits() -> None:
    schema = load_schema()
    names = ("m/" + "long-" * 30, "wide \u6771\u4eac " * 12, "e\u0301" * 40)
    cells = [CellPredictions(Cell(name, name[::-1]), ("dates",), []) for name in names]
    evaluation = evaluate(cells, {}, schema)
    for width in (80, 100):
        text = shown(leaderboard_text(summarize(evaluation), width), width)
        assert max(cell_len(line) for line in text.splitlines()) <= width


def test_terminal_needs_no_pandas() -> None:
    code = "import sys, harness.reports.terminal; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def lines_of(renderable: RenderableType, width: int = 80) -> list[str]:
    return shown(renderable, width).splitlines()


def test_leaderboard_of_forty_cells_fits_and_names_each() -> None:
    summary = summarize(evaluated(8, 40, n_right=5, n_resamples=100))
    for width in (80, 100, 140):
        lines = lines_of(leaderboard_text(summary, width), width)
        assert max(map(cell_len, lines)) <= width
        for number in range(40):
            assert sum(bool(re.search(rf"\bmodel-{number}\b", line)) for line in lines) == 1


def test_leaderboard_has_one_line_for_a_cell_where_there_is_room() -> None:
    evaluation = evaluated(3, 2)
    assert lines_of(leaderboard_text(summarize(evaluation)))[:2] == [
        "#  model    prompt     F1      95%      P      R  strict  dates  fail",
        "1  model-0  p       1.000  1.0-1.0  1.000  1.000   1.000  1.000     0",
    ]


def test_leaderboard_keeps_a_long_name_whole_for_three_lines() -> None:
    schema = load_schema()
    for length, is_whole in ((200, True), (400, False)):
        cell = CellPredictions(Cell("m" * length, "p"), ("dates",), [])
        lines = lines_of(leaderboard_text(summarize(evaluate([cell], {}, schema))))
        assert (sum(line.count("m" * 9) > 0 for line in lines) <= 3) and (
            ("…" in "".join(lines)) is not is_whole
        )
        assert max(map(cell_len, lines)) <= 80


def tally(*errors: tuple[str, str, str, int]) -> ErrorTally:
    found = ErrorTally()
    for article_id, claim_type, name, n in errors:
        found.put(article_id, claim_type, "fn", name, "", n)
    return found


def test_errors_are_nothing_where_nothing_is_wrong() -> None:
    assert lines_of(errors_text(ErrorTally(), ["quotes"])) == []


def test_errors_show_three_articles_and_five_classes() -> None:
    errors = tally(
        *((f"a{n}", "quotes", f"class_{n}", 10 - n) for n in range(7)),
        ("a0", "dates", "class_1", 2),
    )
    lines = lines_of(errors_text(errors, ["quotes", "dates"]))
    assert lines[:6] == [
        "",
        "   F1  errors  worst articles, all cells together",
        "0.000      12  a0  quotes class_0 10, dates class_1 2",
        "0.000       9  a1  quotes class_1 9",
        "0.000       8  a2  quotes class_2 8",
        "",
    ]
    assert [line.split() for line in lines[6:13]] == [
        ["most", "common", "errors", "quotes", "dates", "all"],
        ["class_1", "9", "2", "11"],
        ["class_0", "10", "0", "10"],
        ["class_2", "8", "0", "8"],
        ["class_3", "7", "0", "7"],
        ["class_4", "6", "0", "6"],
        ["2", "other", "classes", "9", "0", "9"],
    ]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_errors_of_long_names_and_many_types_fit(width: int) -> None:
    types = [f"claims_of_sort_{number}" for number in range(30)]
    errors = tally(
        *(("\u6771\u4eac" * 60 + str(n), name, "x" * 60, 10**7) for n, name in enumerate(types))
    )
    lines = lines_of(errors_text(errors, types, width), width)
    assert max(map(cell_len, lines)) <= max(width, 62)
    assert any(line.rstrip().endswith(str(30 * 10**7)) for line in lines)


def test_summary_has_the_errors_below_the_leaderboard(evaluation: Evaluation) -> None:
    errors = tally(("a1", "quotes", "missed", 3))
    lines = lines_of(summary_text(summarize(evaluation, {}, errors)))
    heads = [
        next(n for n, line in enumerate(lines) if text in line)
        for text in ("model · prompt", "Figures are", "worst articles", "most common errors")
    ]
    assert heads == sorted(heads)


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("short", 5, "short"),
        ("local/smollm2-135m", 11, "local…-135m"),
        ("\u6771\u4eac\u6771\u4eac", 6, "\u6771…\u4eac"),
        ("", 4, ""),
    ],
)
def test_shortened_keeps_both_ends(text: str, width: int, expected: str) -> None:
    assert shortened(text, width) == expected
    assert cell_len(shortened(text, width)) <= width
