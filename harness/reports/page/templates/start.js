// What happens when the page is opened.

const THEMES = ["auto", "light", "dark"];

byId("theme").addEventListener("click", () => {
  const was = document.documentElement.dataset.theme || "auto";
  const next = THEMES[(THEMES.indexOf(was) + 1) % THEMES.length];
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  byId("theme").textContent = `Theme: ${next}`;
});

byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("main").focus();
});

// On paper stand the leaderboard, the charts and the article that is open.
function prepareForPaper() {
  drawCharts();
  document.documentElement.classList.toggle("has-article", reader.panes.length > 0);
}

window.addEventListener("beforeprint", prepareForPaper);
window.matchMedia("print").addEventListener("change", (event) => {
  if (event.matches) prepareForPaper();
});

byId("title").textContent = overview.title;
byId("n-failures").textContent = overview.n_failures ? whole(overview.n_failures) : "";
drawFacts();
drawLeaderboard();
drawSignature();
drawComparisons();
window.addEventListener("hashchange", route);

route();
