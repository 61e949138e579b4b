// The reader: one article under one cell or two, filters, and steps from error to error.

const reader = {
  isDrawn: false,
  order: "name",
  place: null, // { article, cell, cell2, repeat, claim, side }: what the address says
  panes: [],
  types: new Set(overview.types.map((_, number) => number)),
  outcomes: new Set(OUTCOMES.map(({ name }) => name)),
  errorClass: "",
};

function articleNumber(id) {
  return overview.articles.findIndex((row) => wellFormed(row[0]) === id);
}

function articleOrder() {
  const numbers = overview.articles.map((_, number) => number);
  return reader.order === "errors"
    ? numbers.sort((a, b) => overview.articles[b][5] - overview.articles[a][5] || a - b)
    : numbers;
}

function firstPlace() {
  return { article: 0, cell: cells[0], cell2: null, repeat: 0, claim: null, side: 1 };
}

function drawReader() {
  if (reader.isDrawn) return;
  reader.isDrawn = true;
  const place = byId("reader-body");
  if (overview.articles.length === 0) {
    place.replaceChildren(
      el("p", { class: "empty" }, "There is no article to read. Claims stand in claims.csv."),
    );
    return;
  }
  const left = overview.n_articles - overview.articles.length;
  place.replaceChildren(
    el(
      "p",
      { class: "about" },
      left > 0
        ? `${whole(overview.articles.length)} of ${whole(overview.n_articles)} articles are in this page: those in which a cell made the most errors. The others stand in claims.csv.`
        : overview.n_articles === 1
          ? "The one article is in this page."
          : `All ${whole(overview.n_articles)} articles are in this page.`,
      overview.has_texts
        ? ""
        : " Their texts were not at hand when it was made: claims are listed without them.",
    ),
    readerControls(),
    readerFilters(),
    el("div", { id: "panes" }),
  );
}

function readerControls() {
  const button = (text, name, action, id) =>
    el(
      "button",
      { type: "button", id, click: action, "aria-keyshortcuts": name },
      text,
      " ",
      el("kbd", { "aria-hidden": "true" }, name),
    );
  const cellOptions = () =>
    cells.map((cell) => option(String(cell.number), `${cell.letter}  ${cell.name}`));
  return el(
    "div",
    { class: "controls", role: "group", "aria-label": "What is read" },
    labelled(
      "Article",
      el("select", {
        id: "reader-article",
        change: (event) => go({ article: Number(event.target.value), claim: null }),
      }),
    ),
    labelled(
      "Order",
      el(
        "select",
        {
          id: "reader-order",
          change: (event) => {
            reader.order = event.target.value;
            fillArticles();
          },
        },
        option("name", "by name", true),
        option("errors", "most errors first"),
      ),
    ),
    labelled(
      "Cell",
      el(
        "select",
        {
          id: "reader-cell",
          change: (event) => go({ cell: cells[Number(event.target.value)], claim: null }),
        },
        cellOptions(),
      ),
    ),
    labelled(
      "Beside it",
      el(
        "select",
        {
          id: "reader-cell2",
          change: (event) => go({ cell2: cells[Number(event.target.value)] || null, side: 1 }),
        },
        option("-1", "nothing"),
        cellOptions(),
      ),
    ),
    overview.n_repeats > 1
      ? labelled(
          "Repeat",
          el(
            "select",
            {
              id: "reader-repeat",
              change: (event) => go({ repeat: Number(event.target.value), claim: null }),
            },
            Array.from({ length: overview.n_repeats }, (_, repeat) =>
              option(String(repeat), String(repeat)),
            ),
          ),
        )
      : null,
    el(
      "span",
      { class: "buttons" },
      button("Previous article", "[", () => stepArticle(-1), "previous-article"),
      button("Next article", "]", () => stepArticle(1), "next-article"),
      button("Previous error", "p", () => stepError(-1), "previous-error"),
      button("Next error", "n", () => stepError(1), "next-error"),
    ),
  );
}

function readerFilters() {
  const box = (set, value, name, sign) => {
    const input = el("input", {
      type: "checkbox",
      change: () => {
        if (input.checked) set.add(value);
        else set.delete(value);
        drawPanes();
      },
    });
    input.checked = true;
    return el("label", { class: "check" }, input, sign, el("span", {}, name));
  };
  return el(
    "div",
    { class: "controls filters" },
    el(
      "fieldset",
      {},
      el("legend", {}, "Outcome"),
      OUTCOMES.map(({ name, sign, about }) => {
        const made = box(
          reader.outcomes,
          name,
          name,
          el("span", { class: `sign sign-${name.replace(" ", "-")}`, "aria-hidden": "true" }, sign),
        );
        made.setAttribute("title", about);
        made.querySelector("span:last-child").className = `swatch mark-${name.replace(" ", "-")}`;
        return made;
      }),
    ),
    el(
      "fieldset",
      {},
      el("legend", {}, "Claim type"),
      scoredTypes.map((type) => box(reader.types, overview.types.indexOf(type), type.name, null)),
    ),
    labelled(
      "Error class",
      el("select", {
        id: "reader-class",
        change: (event) => {
          reader.errorClass = event.target.value;
          drawPanes();
        },
      }),
    ),
  );
}

function isShown(entry) {
  return (
    reader.types.has(entry.type) &&
    reader.outcomes.has(entry.outcome) &&
    (reader.errorClass === "" ||
      entry.errorClass === reader.errorClass ||
      (entry.outcome === "found" && entry.strictClass === reader.errorClass))
  );
}

function fillArticles() {
  byId("reader-article").replaceChildren(
    ...articleOrder().map((number) => {
      const [id, story, , published, , errors] = overview.articles[number];
      const facts = [count(errors, "error"), published, story && story !== id ? story : ""].filter(
        (each) => each,
      );
      return option(
        String(number),
        `${cut(id, 60)} (${facts.join(", ")})`,
        reader.place !== null && number === reader.place.article,
      );
    }),
  );
}

// Show what the address says. Only what differs from before is drawn anew.
function showReader(place) {
  const was = reader.place;
  reader.place = place;
  drawReader();
  if (overview.articles.length === 0) return;
  const isSame =
    was !== null &&
    ["article", "cell", "cell2", "repeat"].every((name) => was[name] === place[name]);
  if (!isSame) {
    fillArticles();
    byId("reader-cell").value = String(place.cell.number);
    byId("reader-cell2").value = String(place.cell2 ? place.cell2.number : -1);
    if (byId("reader-repeat")) byId("reader-repeat").value = String(place.repeat);
    drawPanes();
  } else {
    selectClaim();
  }
}

function drawPanes() {
  const { article, cell, cell2, repeat } = reader.place;
  const found = articleData(article);
  const context = {
    isShown,
    linkOf,
    choose: (entry, side) => go({ claim: claimKey(entry), side }),
  };
  reader.panes = [makePane(found, cell, repeat, 1, context)];
  if (cell2) reader.panes.push(makePane(found, cell2, repeat, 2, context));
  fillClasses();
  byId("panes").className = cell2 ? "two" : "one";
  byId("panes").replaceChildren(
    articleFacts(article),
    ...reader.panes.map((pane) => pane.element),
    el("aside", { id: "dock", "aria-label": "The chosen claim", hidden: true }),
  );
  selectClaim();
}

function articleFacts(number) {
  const [id, story, split, published, source] = overview.articles[number];
  const facts = [
    ["published", published],
    ["source", source],
    ["story", story],
    ["split", split],
  ].filter(([, value]) => value);
  return el(
    "p",
    { class: "article-facts" },
    el("b", {}, quoted(id)),
    facts.map(([name, value]) => [` · ${name} `, quoted(value)]),
  );
}

function fillClasses() {
  const classes = new Set(
    reader.panes.flatMap((pane) =>
      pane.entries.flatMap((entry) => [
        entry.errorClass,
        entry.outcome === "found" ? entry.strictClass : "",
      ]),
    ),
  );
  if (reader.errorClass) classes.add(reader.errorClass);
  classes.delete("");
  byId("reader-class").replaceChildren(
    option("", "all"),
    ...[...classes].sort().map((name) => option(name, name, name === reader.errorClass)),
  );
}

function selectClaim() {
  const { claim, side } = reader.place;
  reader.panes.forEach((pane) => {
    const isMeant = claim !== null && (pane.side === side || claim.includes(":gold:"));
    const entry = isMeant
      ? pane.entries.find((each) => claimKeys(each).some((name) => wellFormed(name) === claim))
      : undefined;
    pane.select(entry || null, pane.side === side);
  });
  fillDock();
}

function isChosenHidden() {
  return reader.panes.some((pane) => pane.selected && !pane.shown.includes(pane.selected));
}

// Where the list is not beside the text, what is said of a claim stands at the foot of the window.
function fillDock() {
  const open = reader.panes.filter((pane) => pane.selected);
  const dock = byId("dock");
  dock.hidden = open.length === 0;
  dock.replaceChildren(
    ...(open.length === 0
      ? []
      : [
          el(
            "button",
            { type: "button", class: "close", click: () => go({ claim: null }) },
            "Close",
          ),
          ...open.map((pane) =>
            el(
              "section",
              { "aria-label": `Claim under ${pane.cell.name}` },
              el(
                "p",
                {},
                key(pane.cell),
                " ",
                el(
                  "span",
                  {
                    class: `sign sign-${pane.selected.outcome.replace(" ", "-")}`,
                    "aria-hidden": "true",
                  },
                  outcomeOf(pane.selected.outcome).sign,
                ),
                el("b", {}, pane.selected.outcome),
                " ",
                quoted(cut(anchorText(pane.selected), 90)),
              ),
              claimDetail(pane.selected, linkOf(pane.selected, pane.side)),
            ),
          ),
        ]),
  );
}

function linkOf(entry, side) {
  return hashOf({ ...addressOf(reader.place), claim: claimKey(entry), side });
}

function addressOf(place) {
  return {
    article: overview.articles[place.article][0],
    cell: place.cell,
    cell2: place.cell2,
    repeat: place.repeat,
    claim: place.claim,
    side: place.side,
  };
}

// Go elsewhere from here. Steps within an article leave no trail for the Back button.
function go(changes) {
  const next = { ...reader.place, ...changes };
  if ("article" in changes || "cell" in changes) next.side = 1;
  const isStep = Object.keys(changes).every((name) => name === "claim" || name === "side");
  openAddress(hashOf(addressOf(next)), isStep);
}
