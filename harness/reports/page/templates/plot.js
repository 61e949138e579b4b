// What charts have in common: the sign of each cell, axes, and a table of the same figures.

const N_COLOURS = 8;
const SHAPES = [
  "M0-5A5 5 0 1 1 0 5A5 5 0 1 1 0-5Z", // circle
  "M-4.5-4.5H4.5V4.5H-4.5Z", // square
  "M0-5.5L5.5 4.5H-5.5Z", // triangle
  "M0-6L6 0L0 6L-6 0Z", // diamond
  "M-2-5.5H2V-2H5.5V2H2V5.5H-2V2H-5.5V-2H-2Z", // plus
  "M0 5.5L5.5-4.5H-5.5Z", // triangle on its tip
  "M-5-2.5L-2.5-5L0-2.5L2.5-5L5-2.5L2.5 0L5 2.5L2.5 5L0 2.5L-2.5 5L-5 2.5L-2.5 0Z", // cross
  "M-5.5-3L0-5.5L5.5-3V3L0 5.5L-5.5 3Z", // hexagon
];

// Colour says which model, shape which prompt, and the letter which of both.
function symbol(cell, x, y, scale = 1) {
  const colour = models.indexOf(cell.model) % N_COLOURS;
  const shape = promptNames.indexOf(cell.prompt) % SHAPES.length;
  return svg("path", {
    class: `symbol colour-${colour}`,
    d: SHAPES[shape],
    transform: `translate(${x} ${y}) scale(${scale})`,
  });
}

function key(cell) {
  return el(
    "span",
    { class: "key" },
    svg(
      "svg",
      { width: 14, height: 14, viewBox: "-7 -7 14 14", "aria-hidden": "true" },
      symbol(cell, 0, 0),
    ),
    el("b", {}, cell.letter),
  );
}

function legend() {
  return el(
    "ul",
    { class: "legend" },
    cells.map((cell) =>
      el("li", {}, key(cell), " ", quoted(cell.model), " · ", quoted(cell.prompt)),
    ),
  );
}

let nDrawings = 0;

// A drawing with a title and a description for those who do not see it.
function drawing(title, description, width, height, ...children) {
  const id = `drawing-${(nDrawings += 1)}`;
  return svg(
    "svg",
    {
      class: "drawing",
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-labelledby": `${id}-title ${id}-description`,
    },
    svg("title", { id: `${id}-title` }, title),
    svg("desc", { id: `${id}-description` }, description),
    children,
  );
}

// The same figures as a table; it is made when it is asked for.
function asTable(caption, columns, rows) {
  return unfolded("As a table", { class: "as-table" }, () =>
    el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      table(caption, columns, rows()),
    ),
  );
}

function figure(title, about, ...children) {
  return el("figure", {}, el("figcaption", {}, el("h3", {}, title), el("p", {}, about)), children);
}

// The part of 0 to 1 that values lie in, with some room, and its ticks.
function rangeOf(values) {
  const from = Math.max(0, Math.floor(10 * Math.min(...values, 1) - 0.5) / 10);
  const to = Math.min(1, Math.ceil(10 * Math.max(...values, 0) + 0.5) / 10);
  const step = to - from > 0.6 ? 0.2 : to - from > 0.25 ? 0.1 : 0.05;
  const ticks = [];
  for (let tick = from; tick < to + 0.001; tick += step)
    ticks.push([tick, tick.toFixed(step < 0.1 ? 2 : 1)]);
  return { ticks, part: (value) => (value - from) / (to - from), from, to };
}

function label(x, y, text, attributes = {}) {
  return svg("text", { x, y, ...attributes }, text);
}

// Points that would cover each other have one label of all their letters.
function labelsOf(points, distance = 20) {
  const groups = [];
  for (const point of points) {
    const near = groups.find(
      (group) => Math.hypot(group[0].x - point.x, group[0].y - point.y) < distance,
    );
    if (near) near.push(point);
    else groups.push([point]);
  }
  return groups.map((group) =>
    label(group[0].x + 8, group[0].y - 6, group.map((point) => point.cell.letter).join(" "), {
      class: "letter",
    }),
  );
}
