// Every pair of cells: how far they differ, and whether that is more than noise.

const N_FIRST_PAIRS = 30;

function drawComparisons() {
  const place = byId("comparisons");
  const types = [overview.overall, ...scoredTypes.map((type) => type.name)].filter((type) =>
    overview.comparisons.some((row) => row[2] === type),
  );
  if (types.length === 0) {
    place.replaceChildren(
      el(
        "p",
        { class: "empty" },
        "There is one cell, so there is nothing to compare it with. ",
        "Run two models or two prompts, or use harness compare for two results.",
      ),
    );
    return;
  }
  const shown = el("div", {
    class: "scroll",
    role: "region",
    "aria-labelledby": "comparisons-heading",
    tabindex: "0",
  });
  const choice = el(
    "select",
    { change: () => draw(false) },
    types.map((type) => option(type, type)),
  );
  const more = el("button", { type: "button", click: () => draw(true) });
  function draw(isAll) {
    const rows = overview.comparisons.filter((row) => row[2] === choice.value).map(better);
    rows.sort((a, b) => b.isCertain - a.isCertain || b.difference - a.difference);
    shown.replaceChildren(comparisonTable(isAll ? rows : rows.slice(0, N_FIRST_PAIRS)));
    more.hidden = isAll || rows.length <= N_FIRST_PAIRS;
    more.textContent = `Show all ${rows.length} pairs`;
  }
  const left = overview.n_comparisons - overview.comparisons.length;
  place.replaceChildren(
    el(
      "p",
      { class: "about" },
      "The cell with the higher F1 stands first. p is that of a paired randomization test, adjusted for all pairs and claim types (Holm); below 0.05 the first is called better, else there is no evidence of a difference. Detectable is the smallest difference that such a comparison finds four times in five.",
      left > 0 ? ` ${whole(left)} more comparisons stand in comparisons.csv.` : "",
    ),
    el("div", { class: "controls" }, labelled("Claim type", choice)),
    shown,
    more,
  );
  draw(false);
}

// The same pair with the better one first.
function better([a, b, , change, low, high, p, detectable, verdict]) {
  const isTurned = change !== null && change < 0;
  return {
    first: cells[isTurned ? a : b],
    second: cells[isTurned ? b : a],
    difference: change === null ? null : Math.abs(change),
    low: low === null ? null : isTurned ? -high : low,
    high: high === null ? null : isTurned ? -low : high,
    p,
    detectable,
    isCertain: verdict === "better" || verdict === "worse",
    isDefined: verdict !== "",
  };
}

function comparisonTable(rows) {
  const name = (cell) =>
    el("span", {}, key(cell), " ", quoted(cell.model), " · ", quoted(cell.prompt));
  return table(
    "Pairs of cells",
    [
      ["Cell", false],
      ["Verdict", false],
      ["Compared with", false],
      ["F1 difference", true],
      ["95% interval", true],
      ["p (Holm)", true],
      ["Detectable", true],
    ],
    rows.map((row) => [
      name(row.first),
      row.isCertain ? el("b", {}, "better") : row.isDefined ? "no evidence" : UNDEFINED,
      name(row.second),
      difference(row.difference),
      row.low === null ? UNDEFINED : `${difference(row.low)} to ${difference(row.high)}`,
      score(row.p),
      score(row.detectable),
    ]),
  );
}
