// Articles x cells: the hardest articles at the top. A square opens its article in the reader.

const HEAT = { letter: 7, square: 46, row: 20, top: 22 };
const LONGEST_NAME = 30;
const N_SHADES = 10;

function heatChart() {
  const { rows, n } = overview.heat;
  if (rows.length === 0) {
    return figure(
      "Hard articles",
      "",
      el("p", { class: "empty" }, "No article has gold, so none can be hard."),
    );
  }
  const capped =
    n > rows.length ? ` These are the ${rows.length} hardest of ${whole(n)} articles.` : "";
  const said = el(
    "p",
    { class: "about readout" },
    "Point at a square, or reach it with the arrow keys, to read it here.",
  );
  return figure(
    "Hard articles",
    `F1 of each article (rows, hardest first) under each cell (columns): the mean of the claim types that have gold in it. The stronger the colour, the better; a dash is undefined. Click a square to read the article.${capped}`,
    said,
    el(
      "div",
      { class: "scroll heat", role: "region", "aria-label": "Heat map", tabindex: "0" },
      heatDrawing(rows, said),
    ),
    el(
      "div",
      { class: "scale" },
      el("span", {}, "0"),
      Array.from({ length: N_SHADES }, (_, shade) => el("i", { class: `shade shade-${shade}` })),
      el("span", {}, "1"),
    ),
    asTable(
      "F1 of articles",
      [["Article", false], ...cells.map((cell) => [`${cell.letter} ${cell.name}`, true])],
      () =>
        rows.map(([id, , values]) => [
          quoted(id),
          ...values.map((value) => (value === null ? UNDEFINED : score(value[0]))),
        ]),
    ),
  );
}

function heatDrawing(rows, said) {
  const left =
    14 +
    HEAT.letter * Math.max(...rows.map(([id]) => Math.min(LONGEST_NAME, Array.from(id).length)));
  const width = left + HEAT.square * cells.length;
  const height = HEAT.top + HEAT.row * rows.length;
  const squares = [];
  const heads = cells.map((cell, column) =>
    label(left + HEAT.square * (column + 0.5), HEAT.top - 8, cell.letter, {
      class: "letter",
      "text-anchor": "middle",
    }),
  );
  const lines = rows.flatMap(([id, place, values], line) => {
    const y = HEAT.top + HEAT.row * line;
    const name = svg(
      "text",
      { x: left - 8, y: y + 14, class: "tick", "text-anchor": "end" },
      svg("title", {}, id),
      cut(id, LONGEST_NAME),
    );
    return [
      name,
      values.map((value, column) => {
        const square = heatSquare(
          id,
          place,
          value,
          cells[column],
          left + HEAT.square * column,
          y,
          said,
        );
        squares.push(square);
        return square;
      }),
    ].flat();
  });
  const drawn = svg(
    "svg",
    {
      class: "drawing heat-map",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: "group",
      "aria-label": "F1 of articles, one link for each article and cell",
    },
    heads,
    lines,
  );
  moveWithArrows(drawn, squares, cells.length);
  return drawn;
}

function heatSquare(id, place, value, cell, x, y, said) {
  const f1 = value === null ? null : value[0];
  const text =
    value === null
      ? `${id}, ${cell.letter}: not answered`
      : `${id}, ${cell.letter} ${cell.name}: F1 ${f1 === null ? UNDEFINED : f1.toFixed(2)}, ${whole(value[1])} missed, ${whole(value[2])} wrong${place < 0 ? "; not in the reader" : ""}`;
  const strength = f1 === null ? 0 : Math.min(N_SHADES - 1, Math.floor(f1 * N_SHADES));
  const shade = f1 === null ? "shade-none" : `shade-${strength}`;
  const show = () => {
    said.textContent = text;
  };
  return svg(
    place < 0 || value === null ? "g" : "a",
    {
      class: "square",
      href: place < 0 || value === null ? null : hashOf({ article: id, cell }),
      role: place < 0 || value === null ? "img" : null,
      "aria-label": text,
      tabindex: "-1",
      mouseenter: show,
      focus: show,
    },
    svg("rect", {
      class: `shade ${shade}`,
      x: x + 1,
      y: y + 1,
      width: HEAT.square - 2,
      height: HEAT.row - 2,
    }),
    label(x + HEAT.square / 2, y + 14, f1 === null ? UNDEFINED : f1.toFixed(2), {
      class: `on-${strength}`,
      "text-anchor": "middle",
    }),
  );
}

// One stop for the tab key; the arrow keys move within.
function moveWithArrows(drawn, squares, nColumns) {
  let current = 0;
  squares[0].setAttribute("tabindex", "0");
  drawn.addEventListener("focusin", (event) => {
    const place = squares.indexOf(event.target.closest(".square"));
    if (place >= 0) moveTo(place, false);
  });
  function moveTo(place, isFocused = true) {
    squares[current].setAttribute("tabindex", "-1");
    current = place;
    squares[current].setAttribute("tabindex", "0");
    if (isFocused) squares[current].focus();
  }
  const steps = new Map([
    ["ArrowLeft", -1],
    ["ArrowRight", 1],
    ["ArrowUp", -nColumns],
    ["ArrowDown", nColumns],
  ]);
  drawn.addEventListener("keydown", (event) => {
    const next = current + (steps.get(event.key) || 0);
    if (!steps.has(event.key) || next < 0 || next >= squares.length) return;
    event.preventDefault();
    moveTo(next);
  });
}
