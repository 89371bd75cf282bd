// Tower board: a supply chain on a schematic map, the messages between its partners, and buttons for its time.
// What stands on it comes in words from the kernel. watching.js, panel_parts.js and tower_map.js are put before this.

const STATES = {
  waiting: "○ waits for its first step",
  ready: "❚❚ paused",
  running: "▶ running",
  over: "■ the day is over",
  closed: "○ closed",
};
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
const WHY_NOT = {
  waiting: "There is no step to play yet: run the cells up to the one with board.on_step first.",
  ready: "It is paused already.",
  running: "It is running.",
  over: "The day is over. For another one, run the cell that makes the board, and all that follow.",
  closed: "This board is closed: run the cells again for a new one.",
};
const KEPT = 80;

/** @typedef {import("@anywidget/types").RenderProps} RenderProps */

/** @param {any} model @param {Kernel} kernel @returns {Part} */
function headPart(model, kernel) {
  const badge = badgePart(model, kernel, "wpstower-badge", "state", (state) => STATES[state]);
  const time = make("span", { class: "wpstower-clock" });
  const head = make("div", { class: "wpstower-head" }, make("strong", {}, "Control tower"), time, ...badge.elements);
  const drawScene = () => {
    time.textContent = model.get("scene").clock;
  };
  return { elements: [head], draws: { ...badge.draws, scene: drawScene } };
}

/** @param {any} model @param {Kernel} kernel @returns {Part} */
function controlsPart(model, kernel) {
  const buttons = BUTTONS.map(([words, what, needed]) => {
    const whyNot = () => (model.get("state") === needed ? "" : WHY_NOT[model.get("state")]);
    return button(kernel, words, () => kernel.ask(what), whyNot);
  });
  const options = model.get("speeds").map((speed) => make("option", { value: speed }, `${speed} ×`));
  const select = make("select", {}, ...options);
  const drawSpeed = () => {
    select.value = String(model.get("speed"));
  };
  select.addEventListener("change", () => {
    if (!kernel.ask("speed", { speed: Number(select.value) })) drawSpeed();
  });
  const speed = make("label", { class: "wpstower-speed" }, "Speed ", select);
  const hint = make("span", { class: "wpstower-hint" }, "A step is ten minutes.");
  const drawState = () => {
    for (const each of buttons) each.draw();
  };
  const elements = buttons.map((each) => each.element);
  return {
    elements: [make("div", { class: "wpstower-controls" }, ...elements, speed, hint), kernel.line],
    draws: { state: drawState, speed: drawSpeed, error: () => kernel.drawLine() },
  };
}

/** What a screen reader reads between two parts that the eye sees apart. @param {string} text */
const pause = (text) => make("span", { class: "wpstower-hidden" }, text);

/** @returns {Part} */
function legendPart() {
  const sample = (kind) => {
    const dot = kind === "storm" ? [] : [draw("circle", { class: `wpstower-dot wpstower-${kind}`, cx: 15, cy: 6, r: kind === "direct" ? 5 : 4 })];
    const line = draw("line", { class: kind === "storm" ? "wpstower-storm" : `wpstower-way wpstower-${kind}`, x1: 1, y1: 6, x2: 29, y2: 6 });
    return draw("svg", { width: 30, height: 12, "aria-hidden": "true" }, line, ...dot);
  };
  const items = [
    ...LEGEND.map(([kind, words]) => make("li", {}, sample(kind), words)),
    ...SIGNS.map(([sign, words]) => make("li", {}, make("span", { class: "wpstower-sign" }, sign), pause(": "), words)),
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
    const items = judged.map(([who, words]) => make("li", {}, make("strong", {}, `! ${who}:`), ` ${words}`));
    risks.replaceChildren(...(items.length ? items : [make("li", { class: "wpstower-quiet" }, "none")]));
  };
  const tables = make("div", { class: "wpstower-tables" }, make("div", { class: "wpstower-orders" }, table), list);
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
  const end = followEnd(log);
  let last = 0;
  const drawLines = () => {
    const fresh = model.get("lines").filter(([number]) => number > last);
    if (!fresh.length) return;
    empty.remove();
    log.append(...fresh.map(logLine));
    last = fresh.at(-1)[0];
    while (log.childElementCount > KEPT) log.firstElementChild.remove();
    end.grown();
  };
  return { elements: [log], draws: { lines: drawLines }, leave: end.leave };
}

/** @param {any[]} line */
function logLine([, time, sender, receiver, text, kind]) {
  return make(
    "div",
    { class: `wpstower-line wpstower-line-${kind}` },
    make("span", { class: "wpstower-time" }, time),
    pause(", "),
    make("span", { class: "wpstower-who" }, `${sender} → ${receiver}`),
    pause(", "),
    make("span", { class: "wpstower-kind" }, KINDS[kind]),
    pause(": "),
    make("span", { class: "wpstower-text", dir: "auto" }, text),
  );
}

/** @param {RenderProps} props */
function render({ model, el }) {
  const kernel = new Kernel(model, "wpstower-error");
  const all = [headPart, controlsPart, mapPart, legendPart, ordersPart, logPart];
  const parts = all.map((part) => part(model, kernel));
  // The last attribute keeps JupyterLab's one-letter shortcuts away while the focus is in here.
  const names = { "aria-label": "Control tower", "data-lm-suppress-shortcuts": "true" };
  const root = make("section", { class: "wpstower", ...names }, ...parts.flatMap((part) => part.elements));
  el.append(root);
  return drawParts(model, kernel, root, parts);
}

export default { render };
