// Frame list: the frames of a client panel as they travelled, and the buttons to copy and clear them. There is no
// bundler: it is put between panel_parts.js and client_panel.js.

const WORDS = { "→": "sent", "←": "received" };
const KEPT = 200;
const LONG = 600; // characters of a frame that is folded
const TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g;

/** @typedef {[number, string, string]} Frame number, direction, text */

/**
 * Show a frame's text with names, strings and other values told apart where it is JSON.
 * @param {string} text
 */
function frameText(text) {
  const code = make("code");
  if (!text.startsWith("{")) {
    code.textContent = text;
    return code;
  }
  let at = 0;
  for (const found of text.matchAll(TOKENS)) {
    const [whole, string, colon] = found;
    const kind = string ? (colon ? "name" : "string") : "value";
    const token = make("span", { class: `wpsc-${kind}` }, string ?? whole);
    code.append(...breakable(text.slice(at, found.index)), token, colon ?? "");
    at = found.index + whole.length;
  }
  code.append(text.slice(at));
  return code;
}

/** @param {Element} code a long text, folded until it is asked for */
function folded(code) {
  const toggle = make("button", { type: "button", class: "wpsc-toggle", "aria-expanded": "false" }, "Show all");
  const box = make("div", { class: "wpsc-folded" }, code);
  toggle.addEventListener("click", () => {
    const isFolded = box.classList.toggle("wpsc-folded");
    toggle.textContent = isFolded ? "Show all" : "Show less";
    toggle.setAttribute("aria-expanded", String(!isFolded));
  });
  return make("div", { class: "wpsc-long" }, box, toggle);
}

/**
 * What a frame is, by signs and words: a direction, and of an ack its number and whether it says no.
 * @param {string} direction
 * @param {string} text
 */
function frameWords(direction, text) {
  const arrow = make("span", { class: "wpsc-arrow" }, direction);
  const ack = direction === "←" ? ackOf(text) : null;
  if (!ack) return { kind: WORDS[direction], words: [arrow, ` ${WORDS[direction]}`] };
  const received = make("span", { class: "wpsc-hidden" }, "received ");
  const [kind, sign, end] = ack.failed ? ["failed", "!", "failed"] : ["ack", "✓", ""];
  const hidden = make("span", { class: "wpsc-hidden" }, end);
  return { kind, words: [arrow, " ", received, `${sign} ack ${ack.number} `, hidden] };
}

/** @param {Frame} frame */
function frameLine([number, direction, text]) {
  const { kind, words } = frameWords(direction, text);
  const code = frameText(text);
  const shown = text.length > LONG ? folded(code) : code;
  const names = { class: `wpsc-frame wpsc-${kind}`, "data-number": number };
  return make("div", names, make("span", { class: "wpsc-direction" }, ...words), shown);
}

/** @param {number} count frames that came and went between two looks, or before the first */
function gapLine(count) {
  return make("p", { class: "wpsc-gap" }, `… ${count.toLocaleString("en")} earlier frames are not kept`);
}

/**
 * The list of frames. Only what is new is added, so that a screen reader reads only that.
 * @param {any} model
 * @param {Kernel} kernel
 * @returns {Part}
 */
function framesPart(model, kernel) {
  const empty = make("p", { class: "wpsc-empty" }, "No frames yet.");
  const names = { role: "log", "aria-live": "polite", "aria-label": "Frames", tabindex: "0" };
  const log = make("div", { class: "wpsc-log", "data-unused": "", ...names }, empty);
  const count = make("span", { class: "wpsc-count" });
  const end = followEnd(log);
  let last = 0;

  /** @returns {Frame[]} */
  const shown = () => model.get("frame_rows").filter(([number]) => number > model.get("cleared"));
  const plain = ([, direction, text]) => `${direction} ${text.replaceAll("\n", "⏎")}`;
  const tools = logTools(kernel, shown, plain);
  const drawBar = () => {
    const frames = shown().length;
    count.textContent = frames === 1 ? "1 frame" : frames ? `${frames} frames` : "Frames";
    tools.draw();
  };
  const draw = () => {
    const fresh = shown().filter(([number]) => number > last);
    drawBar();
    if (!fresh.length) return;
    empty.remove();
    log.removeAttribute("data-unused");
    const missed = fresh[0][0] - Math.max(last, model.get("cleared")) - 1;
    if (missed > 0) log.append(gapLine(missed));
    log.append(...fresh.map(frameLine));
    last = fresh[fresh.length - 1][0];
    while (log.childElementCount > KEPT) log.firstElementChild.remove();
    end.grown();
  };
  const drawCleared = () => {
    const stays = (row) => row === empty || Number(row.dataset.number) > model.get("cleared");
    for (const row of [...log.children]) if (!stays(row)) row.remove();
    if (!log.childElementCount) log.append(empty);
    drawBar();
  };
  const bar = make("div", { class: "wpsc-bar" }, count, ...tools.elements);
  const draws = { frame_rows: draw, cleared: drawCleared };
  return { elements: [bar, log, tools.byHand], draws, leave: end.leave };
}
