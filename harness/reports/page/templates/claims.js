// What became of each claim of an article under one cell: pairs, and claims by themselves.

const OUTCOMES = [
  { name: "found", sign: "✓", about: "gold and prediction are a pair" },
  { name: "missed", sign: "−", about: "gold that nothing was paired with" },
  { name: "spurious", sign: "+", about: "a prediction without a pair" },
  { name: "ungrounded", sign: "?", about: "a prediction whose words do not stand in the article" },
  { name: "set aside", sign: "○", about: "optional gold, and what was paired with it" },
];
const UNGROUNDED = new Set(["ungrounded", "copied_from_prompt"]);
const ERRORS = new Set(["missed", "spurious", "ungrounded"]);

function outcomeOf(name) {
  return OUTCOMES.find((each) => each.name === name);
}

// Entries in the order of the text; what does not stand in it comes last.
function entriesOf(article, reply) {
  const entries = [...reply.types].flatMap(([type, found]) => {
    const gold = article.gold.get(type) || [];
    return [
      ...found.predicted.map((predicted) => predictedEntry(type, predicted, gold)),
      ...found.missed.map((missed) => goldEntry(type, missed, gold, found)),
    ];
  });
  for (const entry of entries) entry.place = placeOf(entry);
  return entries.sort((a, b) => a.place - b.place || a.type - b.type || a.number - b.number);
}

function predictedEntry(type, predicted, gold) {
  const isPaired = predicted.outcome === "tp" || predicted.outcome === "set_aside";
  const other = predicted.other >= 0 ? gold[predicted.other] : null;
  return {
    type,
    number: predicted.number,
    outcome:
      predicted.outcome === "tp"
        ? "found"
        : predicted.outcome === "set_aside"
          ? "set aside"
          : UNGROUNDED.has(predicted.errorClass)
            ? "ungrounded"
            : "spurious",
    gold: isPaired ? other : null,
    predicted,
    nearest: isPaired ? null : other,
    exact: predicted.exact,
    errorClass: predicted.errorClass,
    detail: predicted.detail,
    strictClass: predicted.strictClass,
  };
}

function goldEntry(type, missed, gold, found) {
  return {
    type,
    number: missed.number,
    outcome: missed.outcome === "optional" ? "set aside" : "missed",
    gold: gold[missed.number],
    predicted: null,
    nearest: missed.other >= 0 ? found.predicted[missed.other] : null,
    exact: missed.exact,
    errorClass: missed.outcome === "optional" ? "" : found.failure || missed.errorClass,
    detail: found.failure ? "the request failed" : missed.detail,
    strictClass: "",
  };
}

// Where its marks are in the text: [start, end, side].
function spansOf(entry) {
  const spans = [];
  if (entry.gold && entry.gold.end > entry.gold.start)
    spans.push([entry.gold.start, entry.gold.end, "gold"]);
  if (entry.predicted && entry.predicted.end > entry.predicted.start) {
    spans.push([entry.predicted.start, entry.predicted.end, "predicted"]);
  }
  return spans;
}

function placeOf(entry) {
  const starts = spansOf(entry).map(([start]) => start);
  return starts.length ? Math.min(...starts) : Infinity;
}

function typeName(type) {
  return overview.types[type].name;
}

// As a link names it. A pair goes by its gold: that is the same under all cells.
function claimKey(entry) {
  return entry.gold
    ? `${typeName(entry.type)}:gold:${entry.gold.number}`
    : `${typeName(entry.type)}:predicted:${entry.predicted.number}`;
}

function claimKeys(entry) {
  const keys = [];
  if (entry.gold) keys.push(`${typeName(entry.type)}:gold:${entry.gold.number}`);
  if (entry.predicted) keys.push(`${typeName(entry.type)}:predicted:${entry.predicted.number}`);
  return keys;
}

function anchorText(entry) {
  const type = overview.types[entry.type];
  const values = (entry.gold || entry.predicted).values;
  const anchor = values[type.fields.indexOf(type.anchor)];
  return anchor || values.find((value) => value) || UNDEFINED;
}

// What is said of a claim when it is opened.
function claimDetail(entry, link) {
  return el(
    "div",
    { class: "detail" },
    claimSentence(entry),
    fieldTable(entry),
    entry.gold && entry.gold.alsoRight.length ? alsoRight(entry) : null,
    el("p", {}, el("a", { href: link, class: "permalink" }, "Link to this claim")),
  );
}

function claimSentence(entry) {
  const facts = [];
  const named = [
    entry.gold ? `gold ${entry.gold.number}` : null,
    entry.predicted ? `predicted ${entry.predicted.number}` : null,
  ];
  facts.push(`${typeName(entry.type)}, ${named.filter((each) => each).join(" = ")}`);
  if (entry.gold && entry.predicted)
    facts.push(`similarity ${entry.predicted.similarity.toFixed(3)}`);
  if (entry.strictClass && entry.gold) facts.push(`not a strict pair: ${entry.strictClass}`);
  if (entry.errorClass)
    facts.push(entry.detail ? `${entry.errorClass} (${entry.detail})` : entry.errorClass);
  if (entry.gold && entry.gold.isOptional)
    facts.push(entry.predicted ? "the gold is optional" : "optional, not found: it costs nothing");
  if (entry.predicted && entry.predicted.grounding)
    facts.push(GROUNDINGS.get(entry.predicted.grounding));
  return el("p", {}, quoted(facts.join(" · ")));
}

const GROUNDINGS = new Map([
  ["exact", "stands in the article to the letter"],
  ["folded", "stands in the article but for typography or case"],
  ["approximate", "stands in the article nearly"],
  ["absent", "does not stand in the article"],
  ["copied", "does not stand in the article, but in the prompt"],
]);

function fieldTable(entry) {
  const type = overview.types[entry.type];
  const gold = entry.gold || (entry.predicted ? entry.nearest : null);
  const predicted = entry.predicted || (entry.gold ? entry.nearest : null);
  const isPair = entry.gold !== null && entry.predicted !== null;
  const columns = [["Field", false]];
  if (gold) columns.push([entry.gold ? "Gold" : `Nearest gold, ${gold.number}`, false]);
  if (predicted)
    columns.push([
      entry.predicted ? "Predicted" : `Nearest prediction, ${predicted.number}`,
      false,
    ]);
  if (gold && predicted) columns.push([isPair ? "Right?" : "Same?", false]);
  const rows = type.fields
    .map((field, place) => {
      const row = [type.keys.includes(field) ? field : el("span", { class: "lesser" }, field)];
      if (gold) row.push(valueCell(gold.values[place]));
      if (predicted) row.push(valueCell(predicted.values[place]));
      if (gold && predicted) row.push(verdictOf(entry, type.compared.indexOf(field)));
      return row;
    })
    .filter(
      (row, place) =>
        type.compared.includes(type.fields[place]) ||
        [gold, predicted].some((each) => each && each.values[place]),
    );
  return el("div", { class: "scroll" }, table(`Fields of the claim`, columns, rows));
}

function valueCell(value) {
  return value === null || value === undefined
    ? el("span", { class: "lesser" }, "none")
    : quoted(value, { class: "value" });
}

function verdictOf(entry, bit) {
  if (bit < 0) return el("span", { class: "lesser" }, "not compared");
  if (entry.exact < 0) return "";
  const isRight = Math.floor(entry.exact / 2 ** bit) % 2 === 1;
  const isPair = entry.gold !== null && entry.predicted !== null;
  const words = isPair ? ["✓ right", "✗ wrong"] : ["✓ same", "✗ other"];
  return el("span", { class: isRight ? "right" : "wrong" }, words[isRight ? 0 : 1]);
}

function alsoRight(entry) {
  const type = overview.types[entry.type];
  return el(
    "p",
    {},
    "Also right: ",
    entry.gold.alsoRight
      .map(([field, value], place) => [
        place ? "; " : "",
        `${type.fields[field]} `,
        value === null ? "none" : quoted(value, { class: "value" }),
      ])
      .flat(),
  );
}
