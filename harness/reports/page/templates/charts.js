// All charts, drawn when they are first looked at or printed.

let areChartsDrawn = false;

function drawCharts() {
  if (areChartsDrawn) return;
  areChartsDrawn = true;
  byId("charts-body").replaceChildren(
    el(
      "p",
      { class: "about" },
      "Colour is the model, shape the prompt, and the letter the cell, as in the leaderboard.",
    ),
    legend(),
    intervalsChart(),
    el(
      "div",
      { class: "figures" },
      precisionRecallChart(),
      el(
        "div",
        {},
        tradeoffChart({
          title: "Quality against cost",
          noun: "cost",
          unit: "US dollars of all attempts",
          name: "cost_usd",
          shown: dollars,
          whyNot: "It is known for runs whose models have a price: give one in the settings.",
        }),
        tradeoffChart({
          title: "Quality against latency",
          noun: "latency",
          unit: "median seconds of a request",
          name: "latency_s",
          shown: seconds,
          whyNot: "Predictions made elsewhere and replies of batches have none.",
        }),
      ),
    ),
    heatChart(),
  );
}
