// One cell beside the text: the article with its marks, and the list of what became of each claim.

function makePane(article, cell, repeat, side, context) {
  const reply = article.replies.find((each) => each.cell === cell.number && each.repeat === repeat);
  const element = el("article", {
    class: "pane",
    "aria-label": `${article.id} under ${cell.name}`,
  });
  const pane = { element, side, entries: [], shown: [], select: () => {}, cell };
  if (!reply) {
    element.append(
      paneHead(cell, []),
      el(
        "p",
        { class: "empty" },
        "This cell has no answer for this article",
        repeat > 0 ? ` in repeat ${repeat}.` : ". Run again to ask it.",
      ),
      article.text === null
        ? ""
        : markedText(
            article.text,
            [],
            () => "#",
            () => {},
          ),
    );
    return pane;
  }
  pane.select = select;
  pane.entries = entriesOf(article, reply);
  pane.shown = pane.entries.filter(context.isShown);
  const linkOf = (entry) => context.linkOf(entry, side);
  const rows = new Map(
    pane.shown.map((entry) => [entry, claimRow(entry, linkOf, () => context.choose(entry, side))]),
  );
  const text =
    article.text === null
      ? el(
          "p",
          { class: "empty" },
          "The article's text is not at hand: its claims are listed without it.",
        )
      : markedText(article.text, pane.shown, linkOf, (event, members) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          // Again on the same piece: the next of the claims that share it.
          const place = members.indexOf(pane.selected);
          context.choose(members[(place + 1) % members.length], side);
        });
  const list = el("ol", { class: "claims", "aria-label": `Claims, ${cell.letter}` }, [
    ...rows.values(),
  ]);
  fill(element, {}, [
    paneHead(cell, pane.entries),
    failureNotice(reply),
    el(
      "div",
      { class: "pane-body" },
      text,
      el(
        "div",
        { class: "claims-box" },
        pane.shown.length === 0
          ? el(
              "p",
              { class: "empty" },
              pane.entries.length
                ? "No claim passes the filters."
                : "No gold, and nothing predicted.",
            )
          : list,
      ),
    ),
  ]);

  function select(entry, isScrolled) {
    pane.selected = entry;
    for (const [each, row] of rows) openRow(row, each === entry, each, linkOf);
    const keys = entry ? new Set(claimKeys(entry)) : new Set();
    let first = null;
    for (const mark of element.querySelectorAll(".mark")) {
      const isMarked = mark.dataset.claims.split(" ").some((name) => keys.has(name));
      mark.classList.toggle("selected", isMarked);
      if (isMarked && first === null) first = mark;
    }
    if (!entry || !isScrolled) return;
    const row = rows.get(entry);
    if (row) row.scrollIntoView({ block: "nearest" });
    if (first) first.scrollIntoView({ block: "center" });
  }
  return pane;
}

function paneHead(cell, entries) {
  const n = (outcome) => entries.filter((entry) => entry.outcome === outcome).length;
  return el(
    "header",
    {},
    el("h3", {}, key(cell), " ", quoted(cell.model), " · ", quoted(cell.prompt)),
    entries.length
      ? el(
          "p",
          { class: "about" },
          OUTCOMES.map(({ name, sign }) => `${sign} ${n(name)} ${name}`).join("  "),
        )
      : null,
  );
}

function failureNotice(reply) {
  const failed = [...reply.types].filter(([, found]) => found.failure);
  if (failed.length === 0) return null;
  const names = failed.map(([type]) => typeName(type)).join(", ");
  return el(
    "p",
    { class: "notice" },
    `The request for ${names} failed (`,
    quoted(failed[0][1].failure),
    "): all its gold counts as missed. ",
    el("a", { href: "#failures" }, "See its reply"),
  );
}

function claimRow(entry, linkOf, choose) {
  const outcome = outcomeOf(entry.outcome);
  const what =
    entry.errorClass || (entry.strictClass && entry.gold ? `not strict: ${entry.strictClass}` : "");
  const button = el(
    "button",
    { type: "button", "aria-pressed": "false", click: choose },
    el(
      "span",
      { class: `sign sign-${entry.outcome.replace(" ", "-")}`, "aria-hidden": "true" },
      outcome.sign,
    ),
    el("span", { class: "unseen" }, `${outcome.name}, `),
    el("span", { class: "type" }, typeName(entry.type)),
    quoted(cut(anchorText(entry), 90), { class: "anchor" }),
    what ? quoted(what, { class: "class" }) : null,
  );
  return el(
    "li",
    { "data-claim": claimKeys(entry).join(" "), "data-outcome": entry.outcome },
    button,
  );
}

function openRow(row, isOpen, entry, linkOf) {
  const button = row.firstElementChild;
  button.setAttribute("aria-pressed", String(isOpen));
  row.classList.toggle("selected", isOpen);
  const detail = row.querySelector(".detail");
  if (isOpen && !detail) row.append(claimDetail(entry, linkOf(entry)));
  if (!isOpen && detail) detail.remove();
}
