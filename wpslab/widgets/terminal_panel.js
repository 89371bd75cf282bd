// Terminal panel: the screen of one `az webpubsub client start`, and the line to type on.
// It sends what was typed to the kernel as messages, and draws what the kernel says in traits.

const STATES = { connected: "●", closed: "○" };
const SIGNS = { typed: ">", error: "!", note: "·" };
const WORDS = { frame: "Received: ", typed: "Typed: ", error: "Error: ", note: "", usage: "" };
const KEPT = 300;
const ENDED = "The client has ended.";

/** @typedef {import("@anywidget/types").RenderProps} RenderProps */
/** @typedef {[number, string, string]} Row number, kind, text */

/** @param {string} text the usage block: a heading between dashes, then a command and its meaning on each line */
function usage(text) {
  const pairs = text.split("\n").map((line) => line.split(/ {2,}/));
  const items = pairs.filter((pair) => pair.length === 2);
  const list = items.flatMap(([command, meaning]) => [make("dt", {}, command), make("dd", {}, meaning)]);
  return make("div", { class: "wpsterm-usage-box" }, make("span", {}, "Usage"), make("dl", {}, ...list));
}

/** @param {Row} row */
function screenLine([number, kind, text]) {
  const isFailed = kind === "frame" && ackOf(text)?.failed; // az shows every frame alike
  const word = make("span", { class: "wpsterm-word" }, isFailed ? "Received, failed: " : WORDS[kind]);
  const sign = make("span", { class: "wpsterm-sign", "aria-hidden": "true" }, isFailed ? "!" : (SIGNS[kind] ?? ""));
  const shown = kind === "usage" ? [usage(text)] : [make("span", { class: "wpsterm-text" }, ...breakable(text))];
  const names = `wpsterm-line wpsterm-${kind}${isFailed ? " wpsterm-failed" : ""}`;
  return make("div", { class: names, "data-number": number }, sign, word, ...shown);
}

/** @param {Row} row @returns {string} as `az` has it on its screen, typed lines and errors with their sign */
function plainLine([, kind, text]) {
  return SIGNS[kind] ? `${SIGNS[kind]} ${text}` : text;
}

/** @param {number} count lines that came and went between two looks, or before the first */
function gapLine(count) {
  return make("p", { class: "wpsterm-gap" }, `… ${count.toLocaleString("en")} earlier lines are not kept`);
}

/** @param {any} model @param {Kernel} kernel @param {HTMLElement[]} tools @returns {Part} */
function headPart(model, kernel, tools) {
  const badge = badgePart(model, kernel, "wpsterm-badge", "state", (state) => `${STATES[state]} ${state}`);
  const user = model.get("user_id");
  const connection = `connection ${model.get("connection_id")}`;
  const facts = [`hub ${model.get("hub")}`, user ? `user ${user}` : "no user", connection];
  const title = make("strong", {}, "az webpubsub client start");
  const lines = [
    make("div", { class: "wpsterm-title" }, title, ...badge.elements),
    make("span", { class: "wpsterm-facts" }, facts.join(" · ")),
    make("span", { class: "wpsterm-tools" }, ...tools),
  ];
  return { elements: [make("div", { class: "wpsterm-head" }, ...lines)], draws: badge.draws };
}

/**
 * The screen. Only what is new is added, so that a screen reader reads only that.
 * @param {any} model
 * @param {Kernel} kernel
 * @returns {Part & { tools: HTMLElement[] }}
 */
function screenPart(model, kernel) {
  const names = { role: "log", "aria-live": "polite", "aria-label": "Screen", tabindex: "0" };
  const screen = make("div", { class: "wpsterm-screen", ...names });
  const end = followEnd(screen);
  let last = 0;

  /** @returns {Row[]} */
  const shown = () => model.get("rows").filter(([number]) => number > model.get("cleared"));
  const tools = logTools(kernel, shown, plainLine);
  const draw = () => {
    const fresh = shown().filter(([number]) => number > last);
    tools.draw();
    if (!fresh.length) return;
    const missed = fresh[0][0] - Math.max(last, model.get("cleared")) - 1;
    if (missed > 0) screen.append(gapLine(missed));
    screen.append(...fresh.map(screenLine));
    last = fresh[fresh.length - 1][0];
    while (screen.childElementCount > KEPT) screen.firstElementChild.remove();
    end.grown(fresh.some(([, kind]) => kind === "typed"));
  };
  const drawCleared = () => {
    for (const line of [...screen.children]) if (!(line.dataset.number > model.get("cleared"))) line.remove();
    tools.draw();
  };
  const draws = { rows: draw, cleared: drawCleared };
  return { elements: [screen, tools.byHand], draws, leave: end.leave, tools: tools.elements };
}

/**
 * What was typed, for the arrow keys: the lines on the screen, and those of this view that are not there yet.
 * @param {any} model
 */
function makeHistory(model) {
  const typed = () => model.get("rows").filter(([, kind]) => kind === "typed");
  /** @type {{ line: string, after: number }[]} */
  let sent = [];
  let back = 0; // how far the arrow keys went
  let draft = "";

  const lines = () => {
    const onScreen = typed();
    sent = sent.filter(({ line, after }) => !onScreen.some(([number, , text]) => number > after && text === line));
    const all = [...onScreen.map(([, , text]) => text), ...sent.map(({ line }) => line)];
    return all.filter((line, index) => line !== all[index - 1]);
  };
  return {
    /** @param {string} line */
    add(line) {
      const rows = model.get("rows");
      sent.push({ line, after: rows.length ? rows[rows.length - 1][0] : 0 });
      back = 0;
    },
    /** @param {number} step 1 is one line back @param {string} shown @returns {string} */
    move(step, shown) {
      const all = lines();
      if (back === 0) draft = shown;
      back = Math.min(Math.max(back + step, 0), all.length);
      return back === 0 ? draft : all[all.length - back];
    },
  };
}

/** @param {any} model @param {Kernel} kernel @returns {Part} */
function promptPart(model, kernel) {
  const history = makeHistory(model);
  const names = { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "send" };
  const input = make("input", names);
  const isOpen = () => model.get("state") === "connected";

  const enter = () => {
    const line = input.value.trim();
    if (!line || !kernel.isThere || !kernel.ask("enter", { line })) return; // what was typed stays
    input.value = "";
    history.add(line);
  };
  const stop = button(kernel, "Stop (Ctrl+C)", () => kernel.ask("stop"), () => (isOpen() ? "" : ENDED));
  const keys = {
    Enter: enter,
    ArrowUp: () => show(history.move(1, input.value)),
    ArrowDown: () => show(history.move(-1, input.value)),
  };
  /** @param {string} line */
  const show = (line) => {
    input.value = line;
    input.setSelectionRange(line.length, line.length);
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.metaKey || event.shiftKey) return;
    // As in a terminal; where something is selected, Ctrl+C copies it.
    const isStop = event.ctrlKey && event.key === "c" && String(document.getSelection()) === "" && !selected(input);
    const act = isStop ? () => stop.element.click() : event.ctrlKey ? undefined : keys[event.key];
    if (!act || !isOpen()) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });

  const drawUsable = () => {
    setUsable(input, kernel.complaint || (isOpen() ? "" : ENDED));
    stop.draw();
  };
  const drawState = () => {
    input.readOnly = !isOpen();
    input.placeholder = isOpen() ? "help shows usage" : `${ENDED} Run its cell again.`;
    if (!isOpen()) input.value = "";
    drawUsable();
  };
  kernel.draws.push(drawUsable);
  const sign = make("span", { class: "wpsterm-sign", "aria-hidden": "true" }, ">");
  const label = make("label", {}, make("span", { class: "wpsterm-label" }, "Command"), sign, input);
  const prompt = make("div", { class: "wpsterm-prompt" }, label, stop.element);
  return { elements: [kernel.line, prompt], draws: { state: drawState } };
}

/** @param {HTMLInputElement} input */
function selected(input) {
  return input.selectionStart !== input.selectionEnd;
}

/** @param {RenderProps} props */
function render({ model, el }) {
  const kernel = new Kernel(model, "wpsterm-gone");
  const screen = screenPart(model, kernel);
  const parts = [headPart(model, kernel, screen.tools), screen, promptPart(model, kernel)];
  // The last attribute keeps JupyterLab's one-letter shortcuts away while the focus is in here.
  const names = { "aria-label": `Terminal of hub ${model.get("hub")}`, "data-lm-suppress-shortcuts": "true" };
  const root = make("section", { class: "wpsterm", ...names }, ...parts.flatMap((part) => part.elements));
  el.append(root);
  return drawParts(model, kernel, root, parts);
}

export default { render };
