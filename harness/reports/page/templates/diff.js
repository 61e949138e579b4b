// The words by which two texts differ: a longest common subsequence, after what both begin and
// end with is set aside.

const MOST_PAIRS = 2e7;

function wordsOf(text) {
  return text.match(/\s+|[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]/gu) || [];
}

function linesOf(text) {
  return text.match(/[^\n]*\n|[^\n]+$/g) || [];
}

// Runs of [kind, text]; kind is "same", "gone" or "new".
function differences(before, after) {
  let [a, b] = [wordsOf(before), wordsOf(after)];
  if (a.length * b.length > MOST_PAIRS) [a, b] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (
    end < a.length - start &&
    end < b.length - start &&
    a[a.length - 1 - end] === b[b.length - 1 - end]
  )
    end += 1;
  const middle =
    a.length * b.length > MOST_PAIRS
      ? [
          ["gone", a.slice(start, a.length - end).join("")],
          ["new", b.slice(start, b.length - end).join("")],
        ]
      : commonSubsequence(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return joined([
    ...a.slice(0, start).map((word) => ["same", word]),
    ...middle,
    ...a.slice(a.length - end).map((word) => ["same", word]),
  ]);
}

function commonSubsequence(a, b) {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const found = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      found.push(["same", a[i]]);
      i += 1;
      j += 1;
    } else if (
      i < a.length &&
      (j === b.length || lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])
    ) {
      found.push(["gone", a[i]]);
      i += 1;
    } else {
      found.push(["new", b[j]]);
      j += 1;
    }
  }
  return found;
}

// Words that change beside each other are one change, the space between them included: what is
// gone of it, then what is new.
function joined(words) {
  const runs = [];
  let [gone, added] = ["", ""];
  let space = ""; // between two changes, or after the last
  const close = () => {
    if (gone) runs.push(["gone", gone]);
    if (added) runs.push(["new", added]);
    if (space) runs.push(["same", space]);
    [gone, added, space] = ["", "", ""];
  };
  for (const [kind, word] of words) {
    const isChanging = gone !== "" || added !== "";
    if (kind === "same" && isChanging && /^[^\S\n]+$/.test(word)) {
      space += word;
    } else if (kind === "same") {
      close();
      const last = runs[runs.length - 1];
      if (last && last[0] === "same") last[1] += word;
      else runs.push(["same", word]);
    } else {
      if (space && !(gone && added)) close();
      if (space) {
        gone += space;
        added += space;
        space = "";
      }
      if (kind === "gone") gone += word;
      else added += word;
    }
  }
  close();
  return runs;
}
