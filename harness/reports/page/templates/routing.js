// The address says what is shown, so that it can be copied: #charts, or
// #article=...&cell=model:prompt&claim=quotes:gold:3, and cell2, repeat and side where needed.

const VIEWS = ["leaderboard", "charts", "reader", "failures", "prompts"];
const DRAWN = {
  leaderboard: () => {},
  charts: drawCharts,
  reader: () => {},
  failures: once(drawFailures),
  prompts: once(drawPrompts),
};

function once(draw) {
  let isDone = false;
  return () => {
    if (!isDone) draw();
    isDone = true;
  };
}

// Halves of surrogate pairs cannot stand in an address.
function wellFormed(text) {
  return text.replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    "\uFFFD",
  );
}

function cellAddress(cell) {
  return wellFormed(`${cell.model}:${cell.prompt}`);
}

function hashOf({ article, cell, cell2 = null, repeat = 0, claim = null, side = 1 }) {
  const parts = [
    ["article", wellFormed(article)],
    ["cell", cellAddress(cell)],
  ];
  if (cell2) parts.push(["cell2", cellAddress(cell2)]);
  if (repeat) parts.push(["repeat", String(repeat)]);
  if (claim) parts.push(["claim", wellFormed(claim)]);
  if (claim && side === 2) parts.push(["side", "2"]);
  return `#${parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a lone percent sign: somebody wrote it by hand
  }
}

function parametersOf(hash) {
  return new Map(
    hash
      .replace(/^#/, "")
      .split("&")
      .filter((part) => part.includes("="))
      .map((part) => {
        const place = part.indexOf("=");
        return [decoded(part.slice(0, place)), wellFormed(decoded(part.slice(place + 1)))];
      }),
  );
}

function cellNamed(name) {
  return cells.find((cell) =>
    [":", "|"].some((between) => wellFormed(`${cell.model}${between}${cell.prompt}`) === name),
  );
}

function notFound(text) {
  byId("not-found").hidden = text === null;
  byId("not-found").textContent = text || "";
}

// Where an address leads, and in words what of it is not there.
function placeNamed(parameters) {
  const place = firstPlace();
  const missing = [];
  if (parameters.has("article")) {
    const number = articleNumber(parameters.get("article"));
    if (number < 0)
      return {
        place: null,
        missing: [
          `Article ${parameters.get("article")} is not in this page, which has ${whole(overview.articles.length)} of ${whole(overview.n_articles)} articles.`,
        ],
      };
    place.article = number;
  }
  for (const name of ["cell", "cell2"]) {
    if (!parameters.has(name)) continue;
    const cell = cellNamed(parameters.get(name));
    if (cell) place[name] = cell;
    else missing.push(`There is no cell ${parameters.get(name)}.`);
  }
  const repeat = Number(parameters.get("repeat") || 0);
  if (Number.isInteger(repeat) && repeat >= 0 && repeat < overview.n_repeats) place.repeat = repeat;
  else missing.push(`There is no repeat ${parameters.get("repeat")}.`);
  place.side = parameters.get("side") === "2" && place.cell2 ? 2 : 1;
  if (parameters.has("claim") && missing.length === 0) {
    place.claim = parameters.get("claim");
    if (!isClaimThere(place))
      missing.push(`There is no claim ${place.claim} in this article under this cell.`);
  }
  return { place, missing };
}

function isClaimThere(place) {
  const article = articleData(place.article);
  const cell = place.side === 2 ? place.cell2 : place.cell;
  const reply = article.replies.find(
    (each) => each.cell === cell.number && each.repeat === place.repeat,
  );
  return (
    reply !== undefined &&
    entriesOf(article, reply).some((entry) =>
      claimKeys(entry).some((name) => wellFormed(name) === place.claim),
    )
  );
}

function openAddress(hash, isStep) {
  if (hash === location.hash) return;
  if (isStep) location.replace(hash);
  else location.hash = hash;
  // Not when the browser gets round to saying so: the next key may be pressed before that.
  route();
}

function show(view) {
  for (const each of VIEWS) byId(`${each}-view`).hidden = each !== view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${view[0].toUpperCase()}${view.slice(1)} · ${overview.title} · harness`;
  DRAWN[view]();
}

let shownView = null;
let shownHash = null;

function route() {
  if (location.hash !== shownHash) follow(location.hash);
}

function follow(hash) {
  const name = decoded(hash.slice(1));
  notFound(null);
  const isReader = hash.includes("=") || name === "reader";
  if ((isReader || name === "failures") && document.readyState === "loading") {
    // Articles and replies stand behind this script.
    document.addEventListener("DOMContentLoaded", route, { once: true });
    return;
  }
  shownHash = hash;
  if (isReader) {
    const { place, missing } = hash.includes("=")
      ? placeNamed(parametersOf(hash))
      : { place: reader.place || firstPlace(), missing: [] };
    arrive("reader");
    if (place === null && reader.place === null && overview.articles.length)
      showReader(firstPlace());
    else if (place !== null) showReader(place);
    if (missing.length) notFound(missing.join(" "));
    else if (isChosenHidden()) notFound("The filters hide the claim that this address leads to.");
    else if (name === "reader" && reader.place) openAddress(hashOf(addressOf(reader.place)), true);
  } else if (name === "" || VIEWS.includes(name)) {
    arrive(name || "leaderboard");
  } else {
    arrive(shownView || "leaderboard");
    notFound(`There is nothing named ${name} in this page.`);
  }
}

function arrive(view) {
  if (view !== shownView) {
    show(view);
    window.scrollTo(0, 0);
  }
  shownView = view;
}
