// Numbers and counts as a person reads them.

const UNDEFINED = "–";

function score(value) {
  return value === null || value === undefined ? UNDEFINED : value.toFixed(3);
}

function difference(value) {
  if (value === null || value === undefined) return UNDEFINED;
  return (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3);
}

function percent(value) {
  return value === null || value === undefined ? UNDEFINED : `${(100 * value).toFixed(1)}%`;
}

function whole(value) {
  if (value === null || value === undefined) return UNDEFINED;
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toFixed(1);
}

function tokens(value) {
  if (value === null || value === undefined) return UNDEFINED;
  if (value < 10000) return value.toLocaleString("en-US");
  return value < 1e7
    ? `${Math.round(value / 1000).toLocaleString("en-US")}k`
    : `${Math.round(value / 1e6).toLocaleString("en-US")}M`;
}

function dollars(value) {
  if (value === null || value === undefined) return UNDEFINED;
  if (value === 0) return "0";
  return value >= 1 ? value.toFixed(2) : value.toPrecision(2);
}

function seconds(value) {
  if (value === null || value === undefined) return UNDEFINED;
  return value >= 10 ? value.toFixed(0) : value >= 0.1 ? value.toFixed(2) : value.toFixed(3);
}

function count(n, noun, plural = `${noun}s`) {
  return `${whole(n)} ${n === 1 ? noun : plural}`;
}

function cut(text, length) {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
