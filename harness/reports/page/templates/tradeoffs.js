// Two figures against each other: precision and recall; quality and what it takes.

const SQUARE = { width: 428, height: 400, left: 52, right: 16, top: 12, bottom: 40 };
const WIDE = { width: 528, height: 330, left: 52, right: 28, top: 14, bottom: 42 };

function axes(frame, across, down, ticksAcross, ticksDown, titleAcross, titleDown) {
  const { width, height, left, right, top, bottom } = frame;
  return [
    ticksAcross.map(([value, text]) => [
      svg("path", { class: "grid", d: `M${across(value)} ${top}V${height - bottom}` }),
      label(across(value), height - bottom + 15, text, { class: "tick", "text-anchor": "middle" }),
    ]),
    ticksDown.map(([value, text]) => [
      svg("path", { class: "grid", d: `M${left} ${down(value)}H${width - right}` }),
      label(left - 6, down(value) + 4, text, { class: "tick", "text-anchor": "end" }),
    ]),
    label((left + width - right) / 2, height - 6, titleAcross, {
      class: "axis",
      "text-anchor": "middle",
    }),
    svg(
      "text",
      {
        class: "axis",
        "text-anchor": "middle",
        transform: `translate(12 ${(top + height - bottom) / 2}) rotate(-90)`,
      },
      titleDown,
    ),
  ].flat(2);
}

function precisionRecallChart() {
  const types = [overview.overall, ...scoredTypes.map((type) => type.name)];
  const place = el("div", { class: "plot" });
  const choice = el(
    "select",
    { change: () => draw() },
    types.map((type) => option(type, type)),
  );
  function draw() {
    place.replaceChildren(precisionRecallPlot(choice.value));
  }
  draw();
  return figure(
    "Precision against recall",
    "Up is precision, right is recall. Each curve joins the places of one F1: towards the upper right it rises.",
    el("div", { class: "controls" }, labelled("Claim type", choice)),
    place,
    asTable(
      "Precision and recall",
      [
        ["Cell", false],
        ["Claim type", false],
        ["Precision", true],
        ["Recall", true],
        ["F1", true],
      ],
      () =>
        cells.flatMap((cell) =>
          types.map((type) => {
            const found = scoresOf(cell, type);
            return [
              `${cell.letter} ${cell.name}`,
              type,
              score(found.precision),
              score(found.recall),
              score(found.f1),
            ];
          }),
        ),
    ),
  );
}

function precisionRecallPlot(type) {
  const { width, height, left, right, top, bottom } = SQUARE;
  const known = cells
    .map((cell) => ({ cell, ...scoresOf(cell, type) }))
    .filter(({ precision, recall }) => precision !== null && recall !== null);
  if (!known.length)
    return el(
      "p",
      { class: "about" },
      "No cell has both a precision and a recall: there is nothing to divide by.",
    );
  const range = rangeOf(known.flatMap(({ precision, recall }) => [precision, recall]));
  const across = (value) => left + range.part(value) * (width - left - right);
  const down = (value) => height - bottom - range.part(value) * (height - top - bottom);
  const points = known.map((found) => ({
    ...found,
    x: across(found.recall),
    y: down(found.precision),
  }));
  const missing = cells.length - points.length;
  return el(
    "div",
    {},
    drawing(
      `Precision against recall, ${type}`,
      points
        .map(
          ({ cell, precision, recall }) =>
            `${cell.letter}: precision ${score(precision)}, recall ${score(recall)}`,
        )
        .join("; "),
      width,
      height,
      axes(SQUARE, across, down, range.ticks, range.ticks, "recall", "precision"),
      isoCurves(range, across, down),
      points.map(({ cell, x, y }) => symbol(cell, x, y, 1.15)),
      labelsOf(points),
    ),
    missing > 0
      ? el(
          "p",
          { class: "about" },
          `${count(missing, "cell")} without a precision or recall: nothing to divide by.`,
        )
      : null,
  );
}

// The places of one F1, as far as they lie in the picture; each is named at its right end.
function isoCurves({ from, to, ticks }, across, down) {
  return ticks
    .filter(([f1]) => f1 > 0 && f1 < 0.999)
    .map(([f1, text]) => {
      const points = [];
      for (let step = 0; step <= 60; step += 1) {
        const recall = from + (to - from) * (step / 60);
        const precision = (f1 * recall) / (2 * recall - f1);
        if (2 * recall > f1 && precision >= from && precision <= to)
          points.push([across(recall), down(precision)]);
      }
      if (points.length < 2) return null;
      const [x, y] = points[points.length - 1];
      return [
        svg("path", {
          class: "iso",
          d: `M${points.map((point) => point.map((value) => value.toFixed(1)).join(" ")).join("L")}`,
        }),
        label(x - 4, y - 4, `F1 ${text}`, { class: "tick", "text-anchor": "end" }),
      ];
    });
}

// Quality against something that is better when it is less.
function tradeoffChart({ title, noun, unit, name, shown, whyNot }) {
  const valued = cells.map((cell) => ({
    cell,
    f1: scoresOf(cell, overview.overall).f1,
    value: usageOf(cell, name),
  }));
  const known = valued.filter(({ f1, value }) => f1 !== null && value !== null);
  const about = `Up is better, left is ${noun === "cost" ? "cheaper" : "quicker"}. The line is the Pareto front: no cell on it is beaten in both by another.`;
  if (known.length === 0) {
    return figure(
      title,
      "",
      el(
        "p",
        { class: "empty" },
        `No ${noun} is known, so there is nothing to set quality against. ${whyNot}`,
      ),
    );
  }
  if (known.every(({ value }) => value === 0)) {
    const text = `All of it is 0, so ${noun} tells no cell from another.`;
    return figure(title, "", el("p", { class: "empty" }, text));
  }
  const front = paretoFront(known);
  const missing = valued.length - known.length;
  return figure(
    title,
    about,
    el("div", { class: "plot" }, tradeoffPlot(title, unit, shown, known, front)),
    missing > 0
      ? el(
          "p",
          { class: "about" },
          `Left out: ${count(missing, "cell")} without a known ${noun}. ${whyNot}`,
        )
      : null,
    asTable(
      title,
      [
        ["Cell", false],
        ["F1", true],
        [unit, true],
        ["On the front", false],
      ],
      () =>
        known.map((each) => [
          `${each.cell.letter} ${each.cell.name}`,
          score(each.f1),
          shown(each.value),
          front.includes(each) ? "yes" : "",
        ]),
    ),
  );
}

function paretoFront(known) {
  const front = [];
  let best = -Infinity;
  for (const each of [...known].sort((a, b) => a.value - b.value || b.f1 - a.f1)) {
    if (each.f1 > best) {
      front.push(each);
      best = each.f1;
    }
  }
  return front;
}

function scaleOf(values) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (least > 0 && most / least >= 10) {
    const [first, last] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
    const ticks = [];
    for (let power = first; power <= last; power += 1) ticks.push(10 ** power);
    return { part: (value) => (Math.log10(value) - first) / (last - first), ticks, isLog: true };
  }
  const end = most > 0 ? most * 1.08 : 1;
  const step = niceStep(end / 5);
  const ticks = [];
  for (let tick = 0; tick <= end; tick += step) ticks.push(tick);
  return { part: (value) => value / end, ticks, isLog: false };
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
}

function tradeoffPlot(title, unit, shown, known, front) {
  const { width, height, left, right, top, bottom } = WIDE;
  const scale = scaleOf(known.map(({ value }) => value));
  const across = (value) => left + scale.part(value) * (width - left - right);
  const range = rangeOf(known.map(({ f1 }) => f1));
  const down = (value) => height - bottom - range.part(value) * (height - top - bottom);
  const points = known.map((each) => ({ ...each, x: across(each.value), y: down(each.f1) }));
  const steps = front
    .map(({ value, f1 }, place) =>
      place === 0 ? `M${across(value)} ${down(f1)}` : `H${across(value)}V${down(f1)}`,
    )
    .join("");
  const ticks = scale.ticks.map((value) => [
    value,
    value === 0 ? "0" : String(Number(value.toPrecision(2))),
  ]);
  return drawing(
    title,
    `${points.map(({ cell, f1, value }) => `${cell.letter}: F1 ${score(f1)} at ${shown(value)}`).join("; ")}. On the Pareto front: ${front.map(({ cell }) => cell.letter).join(", ")}.`,
    width,
    height,
    axes(WIDE, across, down, ticks, range.ticks, scale.isLog ? `${unit}, logarithmic` : unit, "F1"),
    svg("path", { class: "front", d: `${steps}H${width - right}` }),
    points.map(({ cell, x, y }) => symbol(cell, x, y, 1.15)),
    labelsOf(points),
  );
}
