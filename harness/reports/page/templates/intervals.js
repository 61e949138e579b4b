// F1 with its interval, for each cell and claim type: one panel for each type.

const PANEL = { width: 260, left: 34, right: 14, top: 8, row: 20, bottom: 24 };

function intervalsChart() {
  const types = [overview.overall, ...scoredTypes.map((type) => type.name)];
  const values = types.flatMap((type) =>
    cells.flatMap((cell) => {
      const { f1, low, high } = scoresOf(cell, type);
      return [f1, low, high].filter((value) => value !== null);
    }),
  );
  const range = rangeOf(values);
  return figure(
    "F1 with its 95% interval",
    "One panel for each claim type, one line for each cell, best overall at the top. Where intervals overlap much, the order of the cells says little.",
    el(
      "div",
      { class: "panels" },
      types.map((type) => intervalsPanel(type, range)),
    ),
    asTable(
      "F1 with intervals",
      [
        ["Cell", false],
        ["Claim type", false],
        ["F1", true],
        ["from", true],
        ["to", true],
      ],
      () =>
        cells.flatMap((cell) =>
          types.map((type) => {
            const found = scoresOf(cell, type);
            return [
              `${cell.letter} ${cell.name}`,
              type,
              score(found.f1),
              score(found.low),
              score(found.high),
            ];
          }),
        ),
    ),
  );
}

function intervalsPanel(type, range) {
  const { width, left, right, top, row, bottom } = PANEL;
  const height = top + row * cells.length + bottom;
  const across = (value) => left + range.part(value) * (width - left - right);
  const grid = range.ticks.flatMap(([value, text]) => [
    svg("path", { class: "grid", d: `M${across(value)} ${top}V${height - bottom}` }),
    label(across(value), height - 8, text, { class: "tick", "text-anchor": "middle" }),
  ]);
  const marks = cells.flatMap((cell, place) => {
    const { f1, low, high } = scoresOf(cell, type);
    const y = top + row * (place + 0.5);
    const name = label(left - 10, y + 4, cell.letter, { class: "letter", "text-anchor": "end" });
    if (f1 === null) return [name, label(left + 4, y + 4, "undefined", { class: "tick" })];
    const interval =
      low === null
        ? null
        : svg("path", {
            class: `whisker colour-${models.indexOf(cell.model) % N_COLOURS}`,
            d: `M${across(low)} ${y}H${across(high)}`,
          });
    return [name, interval, symbol(cell, across(f1), y)];
  });
  const described = cells
    .map((cell) => {
      const { f1, low, high } = scoresOf(cell, type);
      return `${cell.letter}: ${score(f1)}${low === null ? "" : ` (${score(low)} to ${score(high)})`}`;
    })
    .join("; ");
  return el(
    "div",
    { class: "panel" },
    el("h4", {}, type),
    drawing(`F1 of ${type}`, described, width, height, grid, marks),
  );
}
