// Client panel: the buttons of one client, and its frames as they travel. The frames are in frame_list.js.
// It sends what was clicked to the kernel as messages, and draws what the kernel says in traits.

const CLOSED = "The lab is closed; run the cells again for a new one.";
const STATES = { connected: "●", connecting: "◌", disconnecting: "◌", disconnected: "○" };

/** @typedef {import("@anywidget/types").RenderProps} RenderProps */

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
 * A row of controls. JupyterLab stops Enter from submitting a form inside a cell. While an input method composes,
 * Enter is its own.
 * @param {() => void} enter what Enter in a text field does
 * @param {...(Node | string)} children
 */
function row(enter, ...children) {
  const element = make("div", { class: "wpsc-row" }, ...children);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.target.type !== "text") return;
    event.preventDefault();
    event.stopPropagation();
    enter();
  });
  return element;
}

/** @param {any} model @returns {string} why nothing can be sent; empty where it can */
function whyNotSend(model) {
  const state = model.get("state");
  if (state === "connected") return "";
  if (model.get("lab_closed")) return CLOSED;
  return state === "connecting" ? "The client is connecting." : "Connect first.";
}

/** @param {any} model @returns {string} why the line cannot be opened or closed now */
function whyNotSwitch(model) {
  const state = model.get("state");
  if (state === "disconnected") return model.get("lab_closed") ? CLOSED : "";
  return state === "connected" ? "" : `The client is ${state}.`;
}

// The parts of the panel. Each returns its elements, and for the traits it shows a function that draws them.

/** @param {any} model @param {Kernel} kernel @returns {Part} */
function headPart(model, kernel) {
  const badge = badgePart(model, kernel, "wpsc-badge", "state", (state) => `${STATES[state]} ${state}`);
  const where = `hub ${model.get("hub")} · ${model.get("subprotocol") ?? "simple WebSocket"}`;
  const title = [make("strong", {}, "Client"), make("span", { class: "wpsc-where" }, where)];
  return { elements: [make("div", { class: "wpsc-head" }, ...title, ...badge.elements)], draws: badge.draws };
}

/** @param {any} model @param {Kernel} kernel @returns {Part} */
function connectionPart(model, kernel) {
  const user = textInput({ placeholder: "no user" });
  const hint = make("span", { class: "wpsc-hint" });
  const act = () => {
    if (model.get("state") === "connected") kernel.ask("disconnect");
    else kernel.ask("connect", { userId: user.value });
  };
  const line = button(kernel, "Connect", act, () => whyNotSwitch(model));
  const isOff = () => model.get("state") === "disconnected";
  const drawUser = () => {
    user.value = model.get("user_id") ?? "";
  };
  const drawState = () => {
    const state = model.get("state");
    if (!isOff()) drawUser(); // another view may have connected, as somebody else
    user.readOnly = !isOff();
    line.element.textContent = state === "connected" || state === "disconnecting" ? "Disconnect" : "Connect";
    hint.textContent = isOff() && !model.get("lab_closed") ? "Connect first; then you can send." : "";
    line.draw();
  };
  return {
    elements: [row(() => isOff() && line.element.click(), field("User ID", user), line.element, hint)],
    draws: { user_id: drawUser, state: drawState, lab_closed: drawState },
  };
}

/** @param {any} model @returns {Part} */
function factsPart(model) {
  const isSimple = model.get("subprotocol") === null;
  const connectionId = make("span");
  const groups = make("span");
  /** @param {string} name @param {HTMLElement} value */
  const fact = (name, value) => make("div", { class: "wpsc-fact" }, make("span", {}, name), value);
  const drawId = () => {
    const id = model.get("connection_id");
    const untold = isSimple && model.get("state") === "connected";
    connectionId.className = id ? "wpsc-mono" : "wpsc-none";
    connectionId.textContent = id ?? (untold ? "a simple client is not told" : "none");
  };
  const drawGroups = () => {
    const names = model.get("groups").map((name) => make("span", { class: "wpsc-group" }, name));
    groups.className = names.length ? "" : "wpsc-none";
    groups.replaceChildren(...(names.length ? names : ["none"]));
  };
  return {
    elements: [fact("Connection ID", connectionId), ...(isSimple ? [] : [fact("Groups joined", groups)])],
    draws: { connection_id: drawId, state: drawId, groups: drawGroups },
  };
}

/** @param {any} model @param {Kernel} kernel @returns {Part} */
function requestsPart(model, kernel) {
  const group = textInput({ placeholder: "group name" });
  const data = textInput({ placeholder: "message" });
  const dataType = make("select", {}, ...["text", "json"].map((type) => make("option", { value: type }, type)));
  const noEcho = make("input", { type: "checkbox" });
  const event = textInput({ value: "message" });
  const typed = () => ({ data: data.value, dataType: dataType.value });
  /** @type {(() => void)[]} */
  const draws = [];
  /** @param {string} label @param {string} action @param {() => Record<string, any>} more */
  const asking = (label, action, more) => {
    const { element, draw } = button(kernel, label, () => kernel.ask(action, more()), () => whyNotSend(model));
    draws.push(draw);
    return element;
  };

  const join = asking("Join", "join", () => ({ group: group.value }));
  const leave = asking("Leave", "leave", () => ({ group: group.value }));
  const send = asking("Send to group", "send", () => ({ group: group.value, ...typed(), noEcho: noEcho.checked }));
  const sendEvent = asking("Send event", "event", () => ({ event: event.value, ...typed() }));
  const check = make("label", { class: "wpsc-check", title: "Leave this connection out" }, noEcho, "noEcho");
  const message = [field("Message", data, "wpsc-wide"), field("Data type", dataType, "wpsc-small")];
  const hint = make("span", { class: "wpsc-hint" }, "sends the message above");
  const rows = [
    row(() => join.click(), field("Group", group), join, leave),
    row(() => send.click(), ...message, check, send),
    row(() => sendEvent.click(), field("Event name", event), sendEvent, hint),
  ];
  return requests(rows, draws);
}

/** @param {any} model @param {Kernel} kernel @returns {Part} */
function simpleRequestsPart(model, kernel) {
  const data = textInput({ placeholder: "message" });
  const ask = () => kernel.ask("text", { data: data.value });
  const { element, draw } = button(kernel, "Send text", ask, () => whyNotSend(model));
  return requests([row(() => element.click(), field("Message", data, "wpsc-alone"), element)], [draw]);
}

/** @param {HTMLElement[]} rows @param {(() => void)[]} draws @returns {Part} */
function requests(rows, draws) {
  const draw = () => draws.forEach((each) => each());
  return { elements: [make("div", { class: "wpsc-requests" }, ...rows)], draws: { state: draw, lab_closed: draw } };
}

/** @param {RenderProps} props */
function render({ model, el }) {
  const kernel = new Kernel(model, "wpsc-error");
  const parts = [
    headPart(model, kernel),
    connectionPart(model, kernel),
    factsPart(model),
    (model.get("subprotocol") === null ? simpleRequestsPart : requestsPart)(model, kernel),
    { elements: [kernel.line], draws: {} },
    framesPart(model, kernel),
  ];
  // The last attribute keeps JupyterLab's one-letter shortcuts away while the focus is in here.
  const names = { "aria-label": `Client of hub ${model.get("hub")}`, "data-lm-suppress-shortcuts": "true" };
  const root = make("section", { class: "wpsc", ...names }, ...parts.flatMap((part) => part.elements));
  el.append(root);
  return drawParts(model, kernel, root, parts);
}

export default { render };
