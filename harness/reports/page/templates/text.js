// The text of an article with its claims marked. Spans may overlap in any way: the text is cut
// wherever one begins or ends, and each piece carries all claims that it is part of.

const WORST_FIRST = ["missed", "spurious", "ungrounded", "found", "set aside"];

function piecesOf(text, entries) {
  const spans = entries.flatMap((entry) =>
    spansOf(entry).map(([start, end, side]) => ({ start, end, side, entry })),
  );
  const cuts = [
    ...new Set([0, text.length, ...spans.flatMap(({ start, end }) => [start, end])]),
  ].sort((a, b) => a - b);
  const opening = new Map();
  for (const span of spans) {
    if (!opening.has(span.start)) opening.set(span.start, []);
    opening.get(span.start).push(span);
  }
  const pieces = [];
  let open = [];
  cuts.slice(0, -1).forEach((start, place) => {
    open = open.filter((span) => span.end > start).concat(opening.get(start) || []);
    pieces.push({ text: text.substring(start, cuts[place + 1]), start, spans: open });
  });
  return pieces;
}

function markedText(text, entries, linkOf, isChosen) {
  const seen = new Set();
  return el(
    "div",
    { class: "article-text", dir: "auto" },
    piecesOf(text, entries).map((piece) => {
      if (piece.spans.length === 0) return piece.text;
      const members = [...new Set(piece.spans.map((span) => span.entry))].sort(
        (a, b) => WORST_FIRST.indexOf(a.outcome) - WORST_FIRST.indexOf(b.outcome),
      );
      const first = members[0];
      const sides = new Set(
        piece.spans.filter((span) => span.entry === first).map((span) => span.side),
      );
      const signs = members
        .filter((entry) => !seen.has(entry) && entry.outcome !== "found")
        .map((entry) => outcomeOf(entry.outcome).sign);
      members.forEach((entry) => seen.add(entry));
      const isPart =
        first.gold && first.predicted && spansOf(first).length === 2 && sides.size === 1;
      return el(
        "a",
        {
          class: [
            "mark",
            `mark-${first.outcome.replace(" ", "-")}`,
            isPart ? "mark-part" : "",
            members.length > 1 ? "mark-several" : "",
          ]
            .filter((name) => name)
            .join(" "),
          href: linkOf(first),
          title: members.map((entry) => `${entry.outcome}: ${typeName(entry.type)}`).join("; "),
          "data-claims": piece.spans
            .map(({ entry, side }) => `${typeName(entry.type)}:${side}:${entry[side].number}`)
            .join(" "),
          "data-sign": signs.length ? signs.join("") : null,
          click: (event) => isChosen(event, members),
        },
        piece.text,
      );
    }),
  );
}
