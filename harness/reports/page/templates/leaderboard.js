// The leaderboard: one row for each cell, sorted by any column.

function usageOf(cell, name) {
  return cell.usage === null ? null : cell.usage[name];
}

function leaderboardColumns() {
  const overall = (cell) => scoresOf(cell, overview.overall);
  const number = (title, about, value, shown) => ({
    title,
    about,
    value,
    shown: (cell) => shown(value(cell)),
    isNumber: true,
  });
  return [
    {
      title: "",
      about: "Letter in charts",
      value: (cell) => cell.number,
      shown: key,
      isNumber: false,
      ascends: true,
    },
    {
      title: "Model",
      value: (cell) => cell.model,
      shown: (cell) => nameShown(cell.model),
      isName: true,
    },
    {
      title: "Prompt",
      value: (cell) => cell.prompt,
      shown: (cell) => nameShown(cell.prompt, cell.version ? `version ${cell.version}` : null),
    },
    {
      ...number("Rank", "1 + cells that are significantly better", (cell) => cell.rank, whole),
      ascends: true,
    },
    {
      title: "F1",
      about: "Overall lenient F1 with its 95% interval",
      value: (cell) => overall(cell).f1,
      shown: f1Bar,
      isNumber: true,
      isBar: true,
    },
    number("P", "Precision", (cell) => overall(cell).precision, score),
    number("R", "Recall", (cell) => overall(cell).recall, score),
    number("Strict F1", "F1 where every key field is exact", (cell) => cell.strict_f1, score),
    ...scoredTypes.map((type) =>
      number(
        type.name,
        `Lenient F1 of ${type.name}`,
        (cell) => scoresOf(cell, type.name).f1,
        score,
      ),
    ),
    number(
      "Grounded",
      "Share of copied values that stand in the article",
      (cell) => cell.grounded,
      percent,
    ),
    {
      ...number("Failed", "Requests without claims", (cell) => cell.n_failed, whole),
      ascends: true,
    },
    {
      ...number("Tokens in", "Tokens sent", (cell) => usageOf(cell, "input_tokens"), tokens),
      ascends: true,
    },
    {
      ...number("Tokens out", "Tokens received", (cell) => usageOf(cell, "output_tokens"), tokens),
      ascends: true,
    },
    {
      ...number(
        "Cost $",
        "US dollars of all attempts",
        (cell) => usageOf(cell, "cost_usd"),
        dollars,
      ),
      ascends: true,
    },
    {
      ...number(
        "p50 s",
        "Median seconds of a request",
        (cell) => usageOf(cell, "latency_s"),
        seconds,
      ),
      ascends: true,
    },
    {
      ...number(
        "p95 s",
        "95% of requests took no longer",
        (cell) => usageOf(cell, "latency_p95_s"),
        seconds,
      ),
      ascends: true,
    },
  ];
}

// A short name stays on one line.
function nameShown(name, title = null) {
  return quoted(name, { class: name.length <= 24 ? "short" : null, title });
}

const BAR = 100;

function f1Bar(cell) {
  const { f1, low, high } = scoresOf(cell, overview.overall);
  const range = low === null ? "" : `${low.toFixed(2)}–${high.toFixed(2)}`;
  const bar = svg(
    "svg",
    { class: "bar", viewBox: `0 0 ${BAR + 2} 16`, "aria-hidden": "true" },
    svg("rect", { class: "track", x: 1, y: 4, width: BAR, height: 8 }),
    f1 === null ? null : svg("rect", { class: "value", x: 1, y: 4, width: BAR * f1, height: 8 }),
    low === null
      ? null
      : svg("path", {
          class: "interval",
          d: `M${1 + BAR * low} 3V13M${1 + BAR * low} 8H${1 + BAR * high}M${1 + BAR * high} 3V13`,
        }),
  );
  return el(
    "span",
    { class: "f1" },
    bar,
    el("b", {}, score(f1)),
    " ",
    el("span", { class: "range" }, range),
  );
}

// Numbers as numbers, what is undefined last either way.
function compareBy(column, isDescending) {
  const sign = isDescending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [column.value(a), column.value(b)];
    if (left === null || right === null)
      return (left === null) - (right === null) || a.number - b.number;
    const order =
      typeof left === "number" ? left - right : left < right ? -1 : left > right ? 1 : 0;
    return sign * order || a.number - b.number;
  };
}

function drawLeaderboard() {
  const columns = leaderboardColumns();
  const body = el("tbody");
  const heads = columns.map((column) => {
    const button = el(
      "button",
      {
        type: "button",
        title: column.about || null,
        "aria-label": column.title ? null : column.about,
      },
      column.title || "#",
      el("span", { class: "arrow", "aria-hidden": "true" }),
    );
    const head = el("th", { scope: "col", class: column.isNumber ? "number" : null }, button);
    button.addEventListener("click", () => sort(column, head));
    return head;
  });
  function sort(column, head) {
    const was = head.getAttribute("aria-sort");
    const first = column.isNumber && !column.ascends ? "descending" : "ascending";
    const order = was === null ? first : was === "descending" ? "ascending" : "descending";
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", order);
    body.replaceChildren(
      ...[...cells]
        .sort(compareBy(column, order === "descending"))
        .map((cell) => rows[cell.number]),
    );
    say(`Sorted by ${column.title || "letter"}, ${order}`);
  }
  const rows = cells.map((cell) =>
    el(
      "tr",
      {},
      columns.map((column) =>
        el(
          column.isName ? "th" : "td",
          {
            scope: column.isName ? "row" : null,
            class: column.isNumber ? "number" : column.isName ? "name" : null,
          },
          column.shown(cell),
        ),
      ),
    ),
  );
  body.append(...rows);
  heads[columns.findIndex((column) => column.isBar)].setAttribute("aria-sort", "descending");
  byId("leaderboard-body").replaceChildren(
    el(
      "table",
      { class: "leaderboard" },
      el("caption", { class: "unseen" }, "Cells, best first"),
      el("thead", {}, el("tr", {}, heads)),
      body,
    ),
  );
}

const SIGNATURE_PARTS = new Map([
  ["scorer", "version of the scorer, raised only when a score can move"],
  ["schema", "hash of the claim types, their fields and how each is compared"],
  ["threshold", "how alike two claims have to be at the lenient level"],
  ["failed", "what becomes of the gold of failed requests"],
  ["gold", "hash of the gold of the scored articles"],
  ["articles", "how many articles"],
  ["seed", "of intervals and tests"],
  ["resamples", "of intervals and tests"],
  ["version", "of the package"],
]);

function drawSignature() {
  byId("signature-text").textContent = overview.signature;
  byId("signature-parts").append(
    ...overview.signature.split("|").flatMap((part) => {
      const [name, ...value] = part.split(":");
      return [
        el("dt", {}, el("code", {}, `${name}:${value.join(":")}`)),
        el("dd", {}, SIGNATURE_PARTS.get(name) || ""),
      ];
    }),
  );
}

function drawFacts() {
  const golds = cells.map((cell) => cell.n_gold);
  const facts = [
    count(cells.length, "cell"),
    count(overview.n_articles, "article"),
    golds.length ? `${whole(Math.max(...golds))} gold claims` : null,
    overview.n_repeats > 1 ? `up to ${overview.n_repeats} repeats` : null,
    overview.started ? `started ${overview.started}` : null,
  ].filter((each) => each !== null);
  byId("run-facts").textContent =
    `${facts.join(" · ")}. Lenient micro figures; overall is the mean of the claim types.`;
  byId("caveats").append(...overview.notes.map((note) => el("li", {}, quoted(note))));
  byId("caveats").hidden = overview.notes.length === 0;
}
