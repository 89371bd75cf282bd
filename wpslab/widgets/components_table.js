// Components table: what exists in a hub right now, as the service answers.
// It tells the kernel whether it is on the screen, so that nobody asks for a table that nobody sees.

const NOW = new Map([
  [true, "● there"],
  [false, "○ not there"],
  [null, "… not asked yet"],
]);
const STATES = {
  resting: "○ resting",
  live: "● live",
  lost: "! service gone",
  refused: "! refused",
  closed: "○ lab closed",
};

/** @typedef {import("@anywidget/types").RenderProps} RenderProps */
/** @typedef {[string, string, string, boolean | null]} Row kind, name, id, whether it is there */

/** @param {Row} row */
const keyOf = ([kind, name]) => `${kind} ${name}`;

/** @param {Row} row @param {boolean} isNews whether it came or went just now */
function tableRow([kind, name, id, there], isNews) {
  const word = there === null ? "unknown" : there ? "there" : "gone";
  const shownId = id === name ? [] : [make("span", { class: "wpst-id", title: id }, id)];
  return make(
    "tr",
    { "data-state": word, ...(isNews ? { class: "wpst-fresh" } : {}) },
    make("td", {}, kind),
    make("th", { scope: "row" }, name, ...shownId),
    make("td", { class: "wpst-state" }, NOW.get(there)),
  );
}

/**
 * The table, and in words for screen readers what changed in it.
 * @param {any} model
 * @param {Kernel} kernel
 * @param {HTMLElement} badge
 * @returns {Part}
 */
function tablePart(model, kernel, badge) {
  const hub = model.get("hub");
  const title = make("span", {}, hub ? `What is there now in hub ${hub}` : "What is there now");
  const heads = ["What", "Name", "Now"].map((head) => make("th", { scope: "col" }, head));
  const body = make("tbody");
  const table = make("table", { "aria-label": title.textContent }, make("thead", {}, make("tr", {}, ...heads)), body);
  const news = make("p", { class: "wpst-news", "aria-live": "polite" });
  /** @type {Map<string, boolean | null>} */
  let known = new Map();

  const drawRows = () => {
    /** @type {Row[]} */
    const rows = model.get("rows");
    const isNews = (row) => row[3] !== null && known.get(keyOf(row)) !== row[3];
    const nothing = make("tr", {}, make("td", { colspan: "3" }, "Nothing is watched yet."));
    const isFirst = (row) => (known.get(keyOf(row)) ?? null) === null;
    body.replaceChildren(...(rows.length ? rows.map((row) => tableRow(row, isNews(row) && !isFirst(row))) : [nothing]));
    news.textContent = rows
      .filter(isNews)
      .map((row) => `${keyOf(row)} is ${row[3] ? "there" : "not there"}`)
      .join(", ");
    known = new Map(rows.map((row) => [keyOf(row), row[3]]));
  };
  const drawStale = () => {
    const isStale = !kernel.isThere || ["lost", "refused", "closed"].includes(model.get("status"));
    table.classList.toggle("wpst-stale", isStale);
  };
  kernel.draws.push(drawStale);
  const head = make("div", { class: "wpst-head" }, make("strong", {}, title), badge);
  return { elements: [head, table, kernel.line, news], draws: { rows: drawRows, status: drawStale } };
}

/** @param {RenderProps} props */
function render({ model, el }) {
  const kernel = new Kernel(model, "wpst-error");
  const badge = badgePart(model, kernel, "wpst-badge", "status", (status) => STATES[status]);
  const table = tablePart(model, kernel, badge.elements[0]);
  const root = make("div", { class: "wpst" }, ...table.elements);
  el.append(root);
  return drawParts(model, kernel, root, [badge, table]);
}

export default { render };
