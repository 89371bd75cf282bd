// Terminal panel: the screen of one `az webpubsub client start`, and the line to type on.
// It sends what was typed to the kernel as messages, and draws what the kernel says in traits.

const STATES = { connected: "●", closed: "○" };
const SIGNS = { typed: ">", error: "!", note: "·" };
const WORDS = { frame: "Received: ", typed: "Typed: ", error: "Error: ", note: "", usage: "" };
const KEPT = 300;

/** @typedef {import("@anywidget/types").RenderProps} RenderProps */
/** @typedef {[number, string, string]} Row number, kind, text */
/** @typedef {{ elements: HTMLElement[], draws: Record<string, () => void> }} Part */

/** What can have the focus: there JupyterLab's own shortcuts must not count, `dd` above all, which deletes the cell. */
const FOCUSABLE = new Set(["button", "input", "select", "textarea", "summary", "a"]);

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {any}
 */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (FOCUSABLE.has(tag) || "tabindex" in attributes) element.setAttribute("data-lm-suppress-shortcuts", "true");
  element.append(...children);
  return element;
}

/** @param {HTMLElement} element @param {boolean} usable It stays in the tab order, so that no focus is lost. */
function setUsable(element, usable) {
  element.setAttribute("aria-disabled", String(!usable));
}

/** @param {string} text a long frame may break after its commas */
function breakable(text) {
  return text.split(/(?<=,)/).flatMap((piece) => [piece, make("wbr")]);
}

/** @param {string} text the usage block: a heading between dashes, then a command and its meaning on each line */
function usage(text) {
  const pairs = text.split("\n").map((line) => line.split(/ {2,}/));
  const items = pairs.filter((pair) => pair.length === 2);
  const list = items.flatMap(([command, meaning]) => [make("dt", {}, command), make("dd", {}, meaning)]);
  return make("div", { class: "wpsterm-usage-box" }, make("span", {}, "Usage"), make("dl", {}, ...list));
}

/** @param {Row} row */
function screenLine([, kind, text]) {
  const word = make("span", { class: "wpsterm-word" }, WORDS[kind]);
  const sign = make("span", { class: "wpsterm-sign", "aria-hidden": "true" }, SIGNS[kind] ?? "");
  const shown = kind === "usage" ? [usage(text)] : [make("span", { class: "wpsterm-text" }, ...breakable(text))];
  return make("div", { class: `wpsterm-line wpsterm-${kind}` }, sign, word, ...shown);
}

/** @param {any} model @returns {Part} */
function headPart(model) {
  const badge = make("span", { class: "wpsterm-badge", role: "status" });
  const user = model.get("user_id");
  const facts = [`hub ${model.get("hub")}`, user ? `user ${user}` : "no user", `connection ${model.get("connection_id")}`];
  const head = make(
    "div",
    { class: "wpsterm-head" },
    make("strong", {}, "az webpubsub client start"),
    badge,
    make("span", { class: "wpsterm-facts" }, facts.join(" · ")),
  );
  const drawState = () => {
    const state = model.get("state");
    badge.dataset.state = state;
    badge.textContent = `${STATES[state]} ${state}`;
  };
  return { elements: [head], draws: { state: drawState } };
}

/**
 * The screen. Only what is new is added, so that a screen reader reads only that.
 * @param {any} model
 * @returns {Part}
 */
function screenPart(model) {
  const names = { role: "log", "aria-live": "polite", "aria-label": "Screen", tabindex: "0" };
  const screen = make("div", { class: "wpsterm-screen", ...names });
  let last = 0;
  const draw = () => {
    const fresh = model.get("rows").filter(([number]) => number > last);
    if (!fresh.length) return;
    const wasAtEnd = screen.scrollHeight - screen.scrollTop - screen.clientHeight < 24;
    screen.append(...fresh.map(screenLine));
    last = fresh[fresh.length - 1][0];
    while (screen.childElementCount > KEPT) screen.firstElementChild.remove();
    if (wasAtEnd || fresh.some(([, kind]) => kind === "typed")) screen.scrollTop = screen.scrollHeight;
  };
  return { elements: [screen], draws: { rows: draw } };
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

/** @param {any} model @returns {Part} */
function promptPart(model) {
  const history = makeHistory(model);
  const names = { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "send" };
  const input = make("input", names);
  const stop = make("button", { type: "button" }, "Stop (Ctrl+C)");
  const isOpen = () => model.get("state") === "connected";

  const enter = () => {
    const line = input.value.trim();
    input.value = "";
    if (!line) return;
    history.add(line);
    model.send({ do: "enter", line });
  };
  const end = () => model.send({ do: "stop" });
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
    const act = isStop ? end : event.ctrlKey ? undefined : keys[event.key];
    if (!act || !isOpen()) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  stop.addEventListener("click", () => isOpen() && end());

  const drawState = () => {
    input.readOnly = !isOpen();
    input.placeholder = isOpen() ? "help shows usage" : "The client has ended.";
    if (!isOpen()) input.value = "";
    setUsable(input, isOpen());
    setUsable(stop, isOpen());
  };
  const sign = make("span", { class: "wpsterm-sign", "aria-hidden": "true" }, ">");
  const label = make("label", {}, make("span", { class: "wpsterm-label" }, "Command"), sign, input);
  return { elements: [make("div", { class: "wpsterm-prompt" }, label, stop)], draws: { state: drawState } };
}

/** @param {HTMLInputElement} input */
function selected(input) {
  return input.selectionStart !== input.selectionEnd;
}

/** @param {RenderProps} props */
function render({ model, el }) {
  const parts = [headPart(model), screenPart(model), promptPart(model)];
  // The last attribute keeps JupyterLab's one-letter shortcuts away while the focus is in here.
  const names = { "aria-label": `Terminal of hub ${model.get("hub")}`, "data-lm-suppress-shortcuts": "true" };
  el.append(make("section", { class: "wpsterm", ...names }, ...parts.flatMap((part) => part.elements)));

  const draws = parts.flatMap((part) => Object.entries(part.draws));
  for (const [trait, draw] of draws) {
    draw();
    model.on(`change:${trait}`, draw);
  }
  return () => {
    for (const [trait, draw] of draws) model.off(`change:${trait}`, draw);
  };
}

export default { render };
