// Steps from article to article and from error to error, by buttons and keys.

function stepArticle(by) {
  const order = articleOrder();
  const next = order[order.indexOf(reader.place.article) + by];
  if (next === undefined) say(by > 0 ? "This is the last article" : "This is the first article");
  else go({ article: next, claim: null });
}

// The next error under the filters, in this article or in the first one after it that has any.
function stepError(by) {
  const pane = reader.panes.find((each) => each.side === reader.place.side) || reader.panes[0];
  const errors = pane.shown.filter((entry) => ERRORS.has(entry.outcome));
  const all = pane.shown;
  // What is chosen may be hidden by the filters.
  const isSeen = all.includes(pane.selected);
  const from = isSeen ? all.indexOf(pane.selected) : by > 0 ? -1 : all.length;
  const next =
    by > 0
      ? errors.find((entry) => all.indexOf(entry) > from)
      : errors.findLast((entry) => all.indexOf(entry) < from);
  if (next) {
    go({ claim: claimKey(next), side: pane.side });
    say(
      `Error ${errors.indexOf(next) + 1} of ${errors.length}: ${next.outcome} ${typeName(next.type)}, ${anchorText(next)}`,
    );
    return;
  }
  const order = articleOrder();
  for (
    let place = order.indexOf(reader.place.article) + by;
    place >= 0 && place < order.length;
    place += by
  ) {
    const found = errorsOf(order[place]);
    if (found.length) {
      const entry = by > 0 ? found[0] : found[found.length - 1];
      go({ article: order[place], claim: claimKey(entry) });
      say(`Article ${overview.articles[order[place]][0]}: ${count(found.length, "error")}`);
      return;
    }
  }
  say(by > 0 ? "There is no error after this one" : "There is no error before this one");
}

function errorsOf(number) {
  const article = articleData(number);
  const { cell, repeat } = reader.place;
  const reply = article.replies.find((each) => each.cell === cell.number && each.repeat === repeat);
  return reply
    ? entriesOf(article, reply).filter((entry) => isShown(entry) && ERRORS.has(entry.outcome))
    : [];
}

const KEYS = new Map([
  ["n", () => stepError(1)],
  ["p", () => stepError(-1)],
  ["]", () => stepArticle(1)],
  ["[", () => stepArticle(-1)],
]);

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest && event.target.closest("input:not([type=checkbox]), select, textarea");
  if (
    byId("reader-view").hidden ||
    isTyping ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    overview.articles.length === 0
  )
    return;
  const action = KEYS.get(event.key);
  if (action) {
    event.preventDefault();
    action();
  }
});
