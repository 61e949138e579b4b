// Requests without claims: why, and what came back.

const N_FIRST_FAILURES = 50;

function drawFailures() {
  const place = byId("failures-body");
  const failures = embeddedData("failures").map(
    ([model, prompt, article, repeat, types, reason, message, raw, length]) => ({
      model,
      prompt,
      article,
      repeat,
      types,
      reason,
      message,
      raw,
      length,
    }),
  );
  const summary = failureSummary();
  if (failures.length === 0) {
    place.replaceChildren(
      el(
        "p",
        { class: "empty" },
        overview.n_failures
          ? `${count(overview.n_failures, "request")} failed; their replies are not in this page.`
          : "No request failed.",
      ),
      summary,
    );
    return;
  }
  const reasons = [...new Set(failures.map(({ reason }) => reason))].sort();
  const list = el("ol", { class: "failures" });
  const choice = el(
    "select",
    { change: () => draw(false) },
    option("", "all"),
    reasons.map((reason) =>
      option(reason, `${reason} (${failures.filter((each) => each.reason === reason).length})`),
    ),
  );
  const more = el("button", { type: "button", click: () => draw(true) });
  function draw(isAll) {
    const chosen = failures.filter((each) => choice.value === "" || each.reason === choice.value);
    list.replaceChildren(
      ...chosen.slice(0, isAll ? chosen.length : N_FIRST_FAILURES).map(failureItem),
    );
    more.hidden = isAll || chosen.length <= N_FIRST_FAILURES;
    more.textContent = `Show all ${chosen.length}`;
  }
  const left = overview.n_failures - failures.length;
  place.replaceChildren(
    el(
      "p",
      { class: "about" },
      `${count(overview.n_failures, "request")} failed. What they were to find counts as missed.`,
      left > 0 ? ` The first ${failures.length} are shown here.` : "",
    ),
    summary,
    el("div", { class: "controls" }, labelled("Reason", choice)),
    list,
    more,
  );
  draw(false);
}

function failureItem(failure) {
  const cell = cells.find((each) => each.model === failure.model && each.prompt === failure.prompt);
  const isKnown = cell && overview.articles.some((row) => row[0] === failure.article);
  return el(
    "li",
    {},
    el("p", {}, el("b", { class: "reason" }, quoted(failure.reason)), " ", quoted(failure.message)),
    el(
      "p",
      { class: "about" },
      cell ? [key(cell), " "] : null,
      quoted(failure.model),
      " · ",
      quoted(failure.prompt),
      " · article ",
      isKnown
        ? el(
            "a",
            { href: hashOf({ article: failure.article, cell, repeat: failure.repeat }) },
            quoted(failure.article),
          )
        : quoted(failure.article),
      failure.repeat ? ` · repeat ${failure.repeat}` : "",
      failure.types.length ? [" · ", quoted(failure.types.join(", "))] : "",
    ),
    rawReply(failure),
  );
}

function rawReply(failure) {
  if (!failure.raw) return el("p", { class: "about" }, "No reply came.");
  const shown = Array.from(failure.raw).length;
  const cutAfter = `Cut after ${whole(shown)} of ${whole(failure.length)} characters; the journal has all of it.`;
  return unfolded(`Raw reply, ${count(failure.length, "character")}`, {}, () => [
    el("pre", { class: "raw", dir: "auto", tabindex: "0" }, failure.raw),
    shown < failure.length ? el("p", { class: "about" }, cutAfter) : null,
  ]);
}

function failureSummary() {
  return el(
    "div",
    { class: "scroll", role: "region", "aria-label": "Failures by cell", tabindex: "0" },
    table(
      "Failures by cell",
      [
        ["Cell", false],
        ["Failed", true],
        ["Requests", true],
        ["Asked again", true],
        ["Invalid items", true],
        ["Warnings", true],
      ],
      cells.map((cell) => [
        el("span", {}, key(cell), " ", quoted(cell.model), " · ", quoted(cell.prompt)),
        whole(cell.n_failed),
        whole(usageOf(cell, "n_requests")),
        whole(usageOf(cell, "n_reasks")),
        whole(cell.n_invalid),
        whole(usageOf(cell, "n_warnings")),
      ]),
    ),
  );
}
