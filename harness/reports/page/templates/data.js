// The data of the page. Articles are read when they are opened.

function embeddedData(name) {
  const block = byId(`data-${name}`);
  return block === null ? null : JSON.parse(block.textContent);
}

const overview = embeddedData("overview");
const cells = overview.cells.map((cell, number) => ({
  ...cell,
  number,
  letter: letterOf(number),
  name: `${cell.model} · ${cell.prompt}`,
}));
const models = [...new Set(cells.map((cell) => cell.model))];
const promptNames = [...new Set(cells.map((cell) => cell.prompt))];
const scoredTypes = overview.types.filter((type) =>
  cells.some((cell) => Object.hasOwn(cell.scores, type.name)),
);

// A to Z, AA, AB, ...
function letterOf(number) {
  const last = String.fromCharCode(65 + (number % 26));
  return number < 26 ? last : letterOf(Math.floor(number / 26) - 1) + last;
}

// F1, its limits, precision and recall of a claim type.
function scoresOf(cell, type) {
  const found = Object.hasOwn(cell.scores, type)
    ? cell.scores[type]
    : [null, null, null, null, null];
  const [f1, low, high, precision, recall] = found;
  return { f1, low, high, precision, recall };
}

const opened = new Map();

function articleData(number) {
  if (!opened.has(number)) {
    const found = embeddedData(`article-${number}`);
    if (found === null) return null;
    opened.set(number, decodeArticle(found));
  }
  return opened.get(number);
}

// An article: text, gold by claim type, and the replies to each cell and repeat.
function decodeArticle(found) {
  const text = found.text;
  const strings = found.s.map((each) =>
    Array.isArray(each) ? text.substring(each[0], each[0] + each[1]) : each,
  );
  const gold = new Map(
    found.g.map(([type, claims]) => [
      type,
      claims.map((row, number) => ({
        number,
        isOptional: row[0] === 1,
        start: row[1],
        end: row[1] + row[2],
        alsoRight: pairsOf(row[3]).map(([field, value]) => [field, strings[value]]),
        values: row.slice(4).map((each) => strings[each]),
      })),
    ]),
  );
  const replies = found.c.map(([cell, repeat, types]) => ({
    cell,
    repeat,
    types: new Map(
      types.map(([type, failure, predicted, missed]) => [
        type,
        {
          failure: strings[failure] || "",
          predicted: predicted.map((row, number) => decodePrediction(row, number, strings)),
          missed: missed.map((row) => ({
            number: row[0],
            outcome: overview.outcomes[row[1]],
            other: row[2] - 1,
            exact: row[3] - 1,
            errorClass: strings[row[4]] || "",
            detail: strings[row[5]] || "",
          })),
        },
      ]),
    ),
  }));
  return { id: found.id, text, gold, replies };
}

function decodePrediction(row, number, strings) {
  return {
    number,
    outcome: overview.outcomes[row[0]],
    other: row[1] - 1,
    similarity: row[2] / 1000,
    exact: row[3] - 1,
    grounding: overview.groundings[row[4]],
    start: row[5],
    end: row[5] + row[6],
    errorClass: strings[row[7]] || "",
    detail: strings[row[8]] || "",
    strictClass: strings[row[9]] || "",
    values: row.slice(10).map((each) => strings[each]),
  };
}

function pairsOf(list) {
  const pairs = [];
  for (let place = 0; place < list.length; place += 2) pairs.push([list[place], list[place + 1]]);
  return pairs;
}
