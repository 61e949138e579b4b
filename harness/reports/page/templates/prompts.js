// The prompts of the run: the text of each, and the words by which two of them differ.

function drawPrompts() {
  const place = byId("prompts-body");
  const prompts = overview.prompts;
  if (prompts.length === 0) {
    place.replaceChildren(
      el("p", { class: "empty" }, "Predictions made elsewhere have no prompt here."),
    );
    return;
  }
  fill(place, {}, [
    prompts.length > 1 ? promptComparison(prompts) : null,
    prompts.map((prompt) =>
      el(
        "details",
        { class: "prompt", open: prompts.length === 1 },
        el("summary", {}, quoted(prompt.name), " ", el("code", {}, prompt.version)),
        promptText(prompt),
      ),
    ),
  ]);
}

function promptText(prompt) {
  return el(
    "div",
    {},
    prompt.description ? el("p", {}, quoted(prompt.description)) : null,
    el(
      "p",
      { class: "about" },
      prompt.passes === "by-type"
        ? "One request for each claim type."
        : "One request for all claim types.",
    ),
    prompt.sections.map(([title, text]) =>
      el(
        "section",
        { class: "prompt-section" },
        el("h3", {}, quoted(title)),
        el("pre", { class: "raw", dir: "auto" }, text),
      ),
    ),
  );
}

function wholePrompt(prompt) {
  return prompt.sections.map(([title, text]) => `## ${title}\n${text.trim()}\n`).join("\n");
}

function promptComparison(prompts) {
  const options = () =>
    prompts.map((prompt, number) => option(String(number), `${prompt.name} @ ${prompt.version}`));
  const [before, after] = [
    el("select", { change: () => draw() }, options()),
    el("select", { change: () => draw() }, options()),
  ];
  after.value = "1";
  const shown = el("div", { id: "prompt-diff" });
  function draw() {
    const runs = differences(
      wholePrompt(prompts[Number(before.value)]),
      wholePrompt(prompts[Number(after.value)]),
    );
    const n = (kind) =>
      runs
        .filter((run) => run[0] === kind)
        .reduce((sum, run) => sum + wordsOf(run[1]).filter((word) => word.trim()).length, 0);
    shown.replaceChildren(
      el(
        "p",
        { class: "about" },
        n("gone") + n("new") === 0
          ? "Both say the same."
          : `${count(n("gone"), "word")} gone (struck out), ${count(n("new"), "word")} new (underlined).`,
      ),
      el(
        "pre",
        { class: "raw diff", dir: "auto" },
        runs.map(([kind, text]) =>
          kind === "same" ? text : el(kind === "gone" ? "del" : "ins", {}, text),
        ),
      ),
    );
  }
  draw();
  return el(
    "section",
    { class: "comparison" },
    el("h3", {}, "Two prompts, word by word"),
    el("div", { class: "controls" }, labelled("From", before), labelled("To", after)),
    shown,
  );
}
