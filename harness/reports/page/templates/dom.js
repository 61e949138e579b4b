// Elements, made one by one. What comes from articles and models only ever becomes text.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function byId(id) {
  return document.getElementById(id);
}

// Text from outside, kept from turning round what stands beside it.
function quoted(text, attributes = {}) {
  return el("bdi", attributes, String(text));
}

// For those who listen to the page.
function say(text) {
  byId("said").textContent = text;
}

function option(value, label, isChosen = false) {
  const made = el("option", { value }, label);
  made.selected = isChosen;
  return made;
}

function labelled(label, control) {
  return el("label", { class: "field" }, el("span", {}, label), control);
}

// What is made when it is unfolded, and not before.
function unfolded(summary, attributes, make) {
  const details = el("details", attributes, el("summary", {}, summary));
  const open = () => {
    if (details.children.length === 1) fill(details, {}, [make()]);
  };
  details.firstElementChild.addEventListener("click", open);
  details.addEventListener("toggle", open); // a search of the browser's may open it too
  return details;
}

// A table: columns of [title, is it a number], rows of cells that are text or nodes.
function table(caption, columns, rows) {
  const head = columns.map(([title, isNumber]) =>
    el("th", { scope: "col", class: isNumber ? "number" : null }, title),
  );
  const body = rows.map((row) =>
    el(
      "tr",
      {},
      row.map((value, place) =>
        el(
          place === 0 ? "th" : "td",
          { scope: place === 0 ? "row" : null, class: columns[place][1] ? "number" : null },
          value,
        ),
      ),
    ),
  );
  return el(
    "table",
    {},
    el("caption", { class: "unseen" }, caption),
    el("thead", {}, el("tr", {}, head)),
    el("tbody", {}, body),
  );
}
