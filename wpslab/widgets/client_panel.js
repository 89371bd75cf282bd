// Client panel: the buttons of one client, and its frames as they travel.
// It sends what was clicked to the kernel as messages, and draws what the kernel says in traits.

const STATES = { connected: "●", connecting: "◌", disconnecting: "◌", disconnected: "○" };
const WORDS = { "→": "sent", "←": "received" };
const KEPT = 200;
const TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g;

/** @typedef {import("@anywidget/types").RenderProps} RenderProps */

/** What can have the focus: there JupyterLab's own shortcuts must not count, `dd` above all, which deletes the cell. */
const FOCUSABLE = new Set(["button", "input", "select", "textarea", "summary", "a"]);

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, any>} properties attributes; a function is a listener, for instance `onclick`
 * @param {...(Node | string)} children
 * @returns {any}
 */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  if (FOCUSABLE.has(tag) || "tabindex" in properties) element.setAttribute("data-lm-suppress-shortcuts", "true");
  element.append(...children);
  return element;
}

/**
 * A labelled input. The label is an element around it, so no id is needed that could be there twice.
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} kind
 */
function field(label, control, kind = "") {
  return make("label", { class: `wpsc-field ${kind}` }, make("span", {}, label), control);
}

/** @param {Record<string, any>} more */
function textInput(more = {}) {
  return make("input", { type: "text", autocomplete: "off", spellcheck: "false", ...more });
}

/**
 * A button that stays in the tab order when it cannot be used, so that the keyboard does not lose its place.
 * @param {string} label
 * @param {string} type
 * @param {() => void} act
 */
function button(label, type, act) {
  const element = make("button", { type }, label);
  element.addEventListener("click", (event) => {
    event.preventDefault();
    if (element.getAttribute("aria-disabled") !== "true") act();
  });
  return element;
}

/**
 * A row of controls. Enter in a text field presses the row's submit button; JupyterLab, which stops Enter from
 * submitting a form inside a cell, would not do it.
 * @param {...(Node | string)} children
 */
function row(...children) {
  const form = make("form", { class: "wpsc-row", onsubmit: (event) => event.preventDefault() }, ...children);
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.target.type !== "text") return;
    event.preventDefault();
    form.querySelector("button[type=submit]").click();
  });
  return form;
}

/** @param {HTMLElement} element @param {boolean} usable */
function setUsable(element, usable) {
  element.setAttribute("aria-disabled", String(!usable));
}

/**
 * Let a long frame break after its commas.
 * @param {string} plain punctuation between tokens
 */
function breakable(plain) {
  return plain.split(/(?<=,)/).flatMap((piece) => (piece.endsWith(",") ? [piece, make("wbr")] : [piece]));
}

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

// The parts of the panel. Each returns its elements, and for the traits it shows a function that draws them.

/** @typedef {{ elements: HTMLElement[], draws: Record<string, () => void> }} Part */
/** @typedef {(action: string, more?: Record<string, any>) => void} Ask */

/** @param {any} model @returns {Part} */
function headPart(model) {
  const badge = make("span", { class: "wpsc-badge", role: "status" });
  const where = `hub ${model.get("hub")} · ${model.get("subprotocol") ?? "simple WebSocket"}`;
  const head = make(
    "div",
    { class: "wpsc-head" },
    make("strong", {}, "Client"),
    make("span", { class: "wpsc-where" }, where),
    badge,
  );
  const drawState = () => {
    badge.dataset.state = model.get("state");
    badge.textContent = `${STATES[model.get("state")]} ${model.get("state")}`;
  };
  return { elements: [head], draws: { state: drawState } };
}

/** @param {any} model @param {Ask} ask @returns {Part} */
function connectionPart(model, ask) {
  const user = textInput({ placeholder: "no user" });
  const connect = button("Connect", "submit", () => ask("connect", { userId: user.value }));
  const disconnect = button("Disconnect", "button", () => ask("disconnect"));
  const drawUser = () => {
    user.value = model.get("user_id") ?? "";
  };
  const drawState = () => {
    const state = model.get("state");
    user.readOnly = state !== "disconnected";
    setUsable(connect, state === "disconnected");
    setUsable(disconnect, state === "connected");
  };
  return {
    elements: [row(field("User ID", user), connect, disconnect)],
    draws: { user_id: drawUser, state: drawState },
  };
}

/** @param {any} model @returns {Part} */
function factsPart(model) {
  const isSimple = model.get("subprotocol") === null;
  const connectionId = make("span", { class: "wpsc-mono" });
  const groups = make("span");
  /** @param {string} name @param {HTMLElement} value */
  const fact = (name, value) => make("div", { class: "wpsc-fact" }, make("span", {}, name), value);
  const drawId = () => {
    const untold = isSimple && model.get("state") === "connected";
    connectionId.textContent = model.get("connection_id") ?? (untold ? "a simple client is not told" : "none");
  };
  const drawGroups = () => {
    const names = model.get("groups").map((name) => make("span", { class: "wpsc-group" }, name));
    groups.replaceChildren(...(names.length ? names : ["none"]));
  };
  return {
    elements: [fact("Connection ID", connectionId), ...(isSimple ? [] : [fact("Groups joined", groups)])],
    draws: { connection_id: drawId, state: drawId, groups: drawGroups },
  };
}

/** @param {any} model @param {Ask} ask @returns {Part} */
function requestsPart(model, ask) {
  const group = textInput({ placeholder: "group name" });
  const data = textInput({ placeholder: "message" });
  const options = ["text", "json"].map((type) => make("option", { value: type }, type));
  const dataType = make("select", {}, ...options);
  const noEcho = make("input", { type: "checkbox" });
  const event = textInput({ value: "message" });
  const typed = () => ({ data: data.value, dataType: dataType.value });

  const join = button("Join", "submit", () => ask("join", { group: group.value }));
  const leave = button("Leave", "button", () => ask("leave", { group: group.value }));
  const send = button("Send to group", "submit", () =>
    ask("send", { group: group.value, ...typed(), noEcho: noEcho.checked }),
  );
  const sendEvent = button("Send event", "submit", () => ask("event", { event: event.value, ...typed() }));
  const check = make("label", { class: "wpsc-check", title: "Leave this connection out" }, noEcho, "noEcho");
  const rows = [
    row(field("Group", group), join, leave),
    row(field("Message", data, "wpsc-wide"), field("Data type", dataType, "wpsc-small"), check, send),
    row(field("Event name", event), sendEvent, make("span", { class: "wpsc-hint" }, "sends the message above")),
  ];
  return { elements: rows, draws: { state: usableWhileConnected(model, [join, leave, send, sendEvent]) } };
}

/** @param {any} model @param {Ask} ask @returns {Part} */
function simpleRequestsPart(model, ask) {
  const data = textInput({ placeholder: "message" });
  const send = button("Send text", "submit", () => ask("text", { data: data.value }));
  return {
    elements: [row(field("Message", data, "wpsc-wide"), send)],
    draws: { state: usableWhileConnected(model, [send]) },
  };
}

/** @param {any} model @param {HTMLElement[]} buttons */
function usableWhileConnected(model, buttons) {
  return () => {
    for (const element of buttons) setUsable(element, model.get("state") === "connected");
  };
}

/** @param {any} model @returns {Part} */
function errorPart(model) {
  const error = make("p", { class: "wpsc-error", role: "alert" });
  const draw = () => {
    error.textContent = model.get("error");
  };
  return { elements: [error], draws: { error: draw } };
}

/**
 * The list of frames. Only what is new is added, so that a screen reader reads only that.
 * @param {any} model
 * @returns {Part}
 */
function framesPart(model) {
  const empty = make("p", { class: "wpsc-empty" }, "No frames yet.");
  const names = { role: "log", "aria-live": "polite", "aria-label": "Frames", tabindex: "0" };
  const log = make("div", { class: "wpsc-log", ...names }, empty);
  let last = 0;

  const draw = () => {
    const fresh = model.get("frame_rows").filter(([number]) => number > last);
    if (!fresh.length) return;
    const wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
    empty.remove();
    log.append(...fresh.map(frameLine));
    last = fresh[fresh.length - 1][0];
    while (log.childElementCount > KEPT) log.firstElementChild.remove();
    if (wasAtEnd) log.scrollTop = log.scrollHeight;
  };
  return { elements: [log], draws: { frame_rows: draw } };
}

/** @param {[number, string, string]} frame number, direction, text */
function frameLine([, direction, text]) {
  const arrow = make("span", { class: "wpsc-arrow" }, direction);
  const word = make("span", { class: "wpsc-direction" }, arrow, ` ${WORDS[direction]}`);
  return make("div", { class: `wpsc-frame wpsc-${WORDS[direction]}` }, word, frameText(text));
}

/** @param {RenderProps} props */
function render({ model, el }) {
  /** @type {Ask} */
  const ask = (action, more = {}) => model.send({ do: action, ...more });
  const requests = model.get("subprotocol") === null ? simpleRequestsPart : requestsPart;
  const parts = [
    headPart(model),
    connectionPart(model, ask),
    factsPart(model),
    requests(model, ask),
    errorPart(model),
    framesPart(model),
  ];
  // The last attribute keeps JupyterLab's one-letter shortcuts away while the focus is in here.
  const names = { "aria-label": `Client of hub ${model.get("hub")}`, "data-lm-suppress-shortcuts": "true" };
  el.append(make("section", { class: "wpsc", ...names }, ...parts.flatMap((part) => part.elements)));

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
