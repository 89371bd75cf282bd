// Tower board: a supply chain on a schematic map, the messages between its partners, and buttons for its time.
// What stands on it comes in words from the kernel. The map is in tower_map.js, which is put before this.

const STATES = { ready: "❚❚ paused", running: "▶ running", over: "■ the day is over", closed: "○ the lab is closed" };
const KINDS = { direct: "direct", up: "to the tower", down: "from the tower" };
const LEGEND = [
  ["direct", "message from partner to partner"],
  ["up", "event to the tower"],
  ["down", "message from the tower"],
  ["storm", "storm over a road"],
];
const SIGNS = [
  ["▼", "stock is low"],
  ["▲", "late"],
  ["↻", "re-routed"],
  ["!", "a risk, as the tower judges"],
];
const BUTTONS = [
  ["Step", "step", "ready"],
  ["Run", "run", "ready"],
  ["Pause", "pause", "running"],
];
const KEPT = 80;
const NO_ANSWER = 5_000;

/** @typedef {import("@anywidget/types").RenderProps} RenderProps */

/** @param {any} model @returns {Part} */
function headPart(model) {
  const badge = make("span", { class: "wpstower-badge", role: "status" });
  const time = make("span", { class: "wpstower-clock" });
  const head = make("div", { class: "wpstower-head" }, make("strong", {}, "Control tower"), time, badge);
  return {
    elements: [head],
    draws: {
      state: () => {
        badge.dataset.state = model.get("state");
        badge.textContent = STATES[model.get("state")];
      },
      scene: () => {
        time.textContent = model.get("scene").clock;
      },
    },
  };
}

/**
 * The way to the kernel, which says that it heard; where it does not, that is shown.
 * @param {any} model
 */
function kernelOf(model) {
  const silent = make("p", { class: "wpstower-error", role: "alert" });
  let timer = 0;
  const miss = () => {
    silent.textContent = "The kernel does not answer. If it was restarted, run the cells again.";
  };
  /** @param {Record<string, unknown>} what */
  const ask = (what) => {
    clearTimeout(timer);
    timer = setTimeout(miss, NO_ANSWER);
    try {
      model.send({ ...what, click: Math.random().toString(36).slice(2) });
    } catch {
      miss(); // the kernel was restarted, and knows nothing of this board
    }
  };
  const hear = () => {
    clearTimeout(timer);
    silent.textContent = "";
  };
  return { silent, ask, hear, leave: () => clearTimeout(timer) };
}

/** @param {any} model @returns {Part} */
function controlsPart(model) {
  const { silent, ask, hear, leave } = kernelOf(model);
  const buttons = BUTTONS.map(([words, what, state]) => {
    const button = make("button", { type: "button" }, words);
    button.addEventListener("click", () => model.get("state") === state && ask({ do: what }));
    return button;
  });
  const options = model.get("speeds").map((speed) => make("option", { value: speed }, `${speed} ×`));
  const select = make("select", {}, ...options);
  select.addEventListener("change", () => ask({ do: "speed", speed: Number(select.value) }));
  const speed = make("label", { class: "wpstower-speed" }, "Speed ", select);
  const hint = make("span", { class: "wpstower-hint" }, "A step is ten minutes.");
  const drawState = () => {
    // They stay in the tab order, so that no focus is lost.
    for (const [index, [, , state]] of BUTTONS.entries())
      buttons[index].setAttribute("aria-disabled", String(model.get("state") !== state));
  };
  const drawSpeed = () => {
    select.value = String(model.get("speed"));
  };
  return {
    elements: [make("div", { class: "wpstower-controls" }, ...buttons, speed, hint), silent],
    draws: { state: drawState, speed: drawSpeed, heard: hear },
    leave,
  };
}

/** @param {any} model @returns {Part} */
function errorPart(model) {
  const error = make("p", { class: "wpstower-error", role: "alert" });
  const drawError = () => {
    error.textContent = model.get("error");
  };
  return { elements: [error], draws: { error: drawError } };
}

/** @returns {Part} */
function legendPart() {
  const sample = (kind) => {
    const dot = kind === "storm" ? [] : [draw("circle", { class: `wpstower-dot wpstower-${kind}`, cx: 15, cy: 6, r: kind === "direct" ? 5 : 4 })];
    const line = draw("line", { class: kind === "storm" ? "wpstower-storm" : `wpstower-way wpstower-${kind}`, x1: 1, y1: 6, x2: 29, y2: 6 });
    return draw("svg", { width: 30, height: 12, "aria-hidden": "true" }, line, ...dot);
  };
  const items = [
    ...LEGEND.map(([kind, words]) => make("li", {}, sample(kind), words)),
    ...SIGNS.map(([sign, words]) => make("li", {}, make("span", { class: "wpstower-sign" }, sign), words)),
  ];
  return { elements: [make("ul", { class: "wpstower-legend", "aria-label": "Legend" }, ...items)], draws: {} };
}

/** @param {any} model @returns {Part} */
function ordersPart(model) {
  const heads = ["Order", "Way", "Units", "Due", "State"].map((head) => make("th", { scope: "col" }, head));
  const body = make("tbody");
  const table = make("table", {}, make("caption", {}, "Orders"), make("thead", {}, make("tr", {}, ...heads)), body);
  const risks = make("ul");
  const list = make("div", { class: "wpstower-risks" }, make("h4", {}, "Risks"), risks);
  const drawScene = () => {
    const { orders, risks: judged } = model.get("scene");
    const none = make("tr", {}, make("td", { colspan: 5 }, "No orders yet."));
    const rows = orders.toReversed().map(([name, customer, warehouse, units, due, state, isLate]) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, name),
        ...[`${warehouse} → ${customer}`, units, due].map((cell) => make("td", {}, String(cell))),
        make("td", { class: isLate ? "wpstower-late" : "" }, state),
      ),
    );
    body.replaceChildren(...(rows.length ? rows : [none]));
    const items = judged.map(([who, words]) => make("li", {}, make("strong", {}, `! ${who}`), ` ${words}`));
    risks.replaceChildren(...(items.length ? items : [make("li", { class: "wpstower-quiet" }, "none")]));
  };
  const tables = make("div", { class: "wpstower-tables" }, make("div", { class: "wpstower-orders", tabindex: 0 }, table), list);
  return { elements: [tables], draws: { scene: drawScene } };
}

/**
 * The messages as a list. Only what is new is added, so that a screen reader reads only that.
 * @param {any} model
 * @returns {Part}
 */
function logPart(model) {
  const names = { role: "log", "aria-live": "polite", "aria-label": "Messages", tabindex: 0 };
  const empty = make("p", { class: "wpstower-quiet" }, "No messages yet.");
  const log = make("div", { class: "wpstower-log", ...names }, empty);
  let last = 0;
  const drawLines = () => {
    const fresh = model.get("lines").filter(([number]) => number > last);
    if (!fresh.length) return;
    empty.remove();
    const wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
    log.append(...fresh.map(logLine));
    last = fresh.at(-1)[0];
    while (log.childElementCount > KEPT) log.firstElementChild.remove();
    if (wasAtEnd) requestAnimationFrame(() => log.scrollTo(0, log.scrollHeight)); // by then it is on the page
  };
  return { elements: [log], draws: { lines: drawLines } };
}

/** @param {any[]} line */
function logLine([, time, sender, receiver, text, kind]) {
  return make(
    "div",
    { class: `wpstower-line wpstower-line-${kind}` },
    make("span", { class: "wpstower-time" }, time),
    make("span", { class: "wpstower-who" }, `${sender} → ${receiver}`),
    make("span", { class: "wpstower-kind" }, KINDS[kind]),
    make("span", { class: "wpstower-text", dir: "auto" }, text),
  );
}

/** @param {RenderProps} props */
function render({ model, el }) {
  const parts = [headPart, controlsPart, errorPart, mapPart, legendPart, ordersPart, logPart].map((part) => part(model));
  // The last attribute keeps JupyterLab's one-letter shortcuts away while the focus is in here.
  const names = { "aria-label": "Control tower", "data-lm-suppress-shortcuts": "true" };
  el.append(make("section", { class: "wpstower", ...names }, ...parts.flatMap((part) => part.elements)));

  const draws = parts.flatMap((part) => Object.entries(part.draws));
  for (const [trait, drawIt] of draws) {
    drawIt();
    model.on(`change:${trait}`, drawIt);
  }
  return () => {
    for (const [trait, drawIt] of draws) model.off(`change:${trait}`, drawIt);
    for (const part of parts) part.leave?.();
  };
}

export default { render };
