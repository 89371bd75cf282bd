// Components table: what exists in a hub right now, as the service answers.
// It tells the kernel whether it is on the screen, so that nobody asks for a table that nobody sees.

const STATES = new Map([
  [true, "● there"],
  [false, "○ not there"],
  [null, "… not asked yet"],
]);
const REPEAT_VISIBLE = 30_000; // milliseconds; the kernel forgets a page after 90 seconds

/** @typedef {import("@anywidget/types").RenderProps} RenderProps */

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
  element.append(...children);
  return element;
}

/**
 * @param {[string, string, string, boolean | null]} row
 */
function tableRow([kind, name, id, there]) {
  const word = there === null ? "unknown" : there ? "there" : "gone";
  return make(
    "tr",
    { "data-state": word },
    make("td", {}, kind),
    make("th", { scope: "row" }, name, ...(id === name ? [] : [make("span", { class: "wpst-id" }, id)])),
    make("td", { class: "wpst-state" }, STATES.get(there)),
  );
}

/**
 * Say in words what changed since the last rows, for screen readers.
 * @param {[string, string, string, boolean | null][]} before
 * @param {[string, string, string, boolean | null][]} now
 */
function changes(before, now) {
  const known = new Map(before.map(([kind, name, , there]) => [`${kind} ${name}`, there]));
  return now
    .filter(([kind, name, , there]) => there !== null && known.get(`${kind} ${name}`) !== there)
    .map(([kind, name, , there]) => `${kind} ${name} is ${there ? "there" : "not there"}`)
    .join(", ");
}

/**
 * Tell the kernel whether the table is on the screen.
 * @param {any} model
 * @param {Element} element
 * @returns {() => void} to be called when the table goes away
 */
function reportVisibility(model, element) {
  const view = Math.random().toString(36).slice(2);
  let visible = false;
  const say = () => model.send({ do: visible ? "visible" : "hidden", view });
  const observer = new IntersectionObserver((entries) => {
    visible = entries[entries.length - 1].isIntersecting;
    say();
  });
  observer.observe(element);
  const timer = setInterval(() => visible && say(), REPEAT_VISIBLE);
  return () => {
    observer.disconnect();
    clearInterval(timer);
    visible = false;
    say();
  };
}

/** @param {RenderProps} props */
function render({ model, el }) {
  const body = make("tbody");
  const news = make("p", { class: "wpst-news", role: "status" });
  const error = make("p", { class: "wpst-error", role: "alert" });
  const heads = ["What", "Name", "Now"].map((head) => make("th", { scope: "col" }, head));
  const hub = model.get("hub");
  const table = make(
    "table",
    {},
    make("caption", {}, hub ? `What is there now in hub ${hub}` : "What is there now"),
    make("thead", {}, make("tr", {}, ...heads)),
    body,
  );
  el.append(make("div", { class: "wpst" }, table, error, news));

  /** @type {any[]} */
  let shown = [];
  function drawRows() {
    const rows = model.get("rows");
    const nothing = make("tr", {}, make("td", { colspan: "3" }, "Nothing is watched yet."));
    body.replaceChildren(...(rows.length ? rows.map(tableRow) : [nothing]));
    news.textContent = changes(shown, rows);
    shown = rows;
  }
  const drawError = () => {
    error.textContent = model.get("error");
  };
  drawRows();
  drawError();
  model.on("change:rows", drawRows);
  model.on("change:error", drawError);
  const leave = reportVisibility(model, table);
  return () => {
    model.off("change:rows", drawRows);
    model.off("change:error", drawError);
    leave();
  };
}

export default { render };
