// Phone: one phone: its bubbles, its language, and the line to type on.
// It sends what was done to the kernel as messages, and draws what the kernel says in traits.

const STATES = { connected: "●", connecting: "◌", disconnecting: "◌", disconnected: "○" };
const STATUS = { received: "", sending: "sending …", sent: "✓ sent", failed: "! not sent" };
const KEPT = 200;
const FOCUSABLE = new Set(["button", "input", "select"]);
const GONE = "The kernel of this phone was restarted or is out of reach. Run the cell again.";

/** @typedef {import("@anywidget/types").RenderProps} RenderProps */
/** @typedef {[string, string, string, string]} Words a text, its language's code, its direction, the language's name */
/** @typedef {[number, string, string | null, Words, Words | null]} Row number, status, sender, text, original */
/** @typedef {{ elements: HTMLElement[], draws: Record<string, () => void> }} Part */
/** @typedef {(action: string, more?: Record<string, string>) => void} Ask */

/**
 * Make an element. What can have the focus keeps JupyterLab's one-letter shortcuts away; they are looked up from the
 * focused element, so that an attribute around it would come too late.
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

/**
 * A button that stays in the tab order when it cannot be used, so that the keyboard does not lose its place.
 * @param {string} label
 * @param {() => void} act
 * @param {Record<string, string>} attributes
 */
function button(label, act, attributes = {}) {
  const element = make("button", { type: "button", ...attributes }, label);
  element.addEventListener("click", () => element.getAttribute("aria-disabled") !== "true" && act());
  return element;
}

/** @param {HTMLElement} element @param {boolean} usable */
function setUsable(element, usable) {
  element.setAttribute("aria-disabled", String(!usable));
}

/** @param {string} tag @param {Words} words @param {string} kind */
function spoken(tag, [text, language, direction], kind) {
  const attributes = language ? { lang: language, dir: direction } : { dir: direction };
  return make(tag, { class: kind, ...attributes }, text);
}

// The parts of the phone. Each returns its elements, and for the traits it shows a function that draws them.

/** @param {string} user for user12 it is U12 */
function initials(user) {
  return ([...user][0] ?? "").toUpperCase() + (user.match(/.\d{1,2}$/)?.[0].slice(1) ?? "");
}

/** @param {any} model @param {Ask} ask @returns {Part} */
function headPart(model, ask) {
  const user = model.get("user_id");
  const badge = make("span", { class: "wpsphone-badge", role: "status" });
  const line = button("Connect", () => ask(model.get("state") === "connected" ? "disconnect" : "connect"));
  const head = make(
    "div",
    { class: "wpsphone-head" },
    make("span", { class: "wpsphone-face", "aria-hidden": "true" }, initials(user)),
    make("div", { class: "wpsphone-who" }, make("strong", {}, user), badge),
    line,
  );
  const drawState = () => {
    const state = model.get("state");
    badge.dataset.state = state;
    badge.textContent = `${STATES[state]} ${state}`;
    line.textContent = state === "connected" || state === "disconnecting" ? "Disconnect" : "Connect";
    setUsable(line, state === "connected" || state === "disconnected");
  };
  return { elements: [head], draws: { state: drawState } };
}

/** @param {any} model @param {Ask} ask @returns {Part} */
function languagePart(model, ask) {
  const options = model
    .get("languages")
    .map(([code, name, direction]) => make("option", { value: code, lang: code, dir: direction }, name));
  const select = make("select", {}, ...options);
  let wanted = ""; // what was chosen here and is not done yet: an older answer must not undo it
  select.addEventListener("change", () => {
    wanted = select.value;
    ask("language", { language: wanted });
  });
  const draw = () => {
    const language = model.get("language");
    if (wanted === language) wanted = "";
    if (wanted) return;
    if (select.value !== language) select.value = language; // setting it would end a search by letters
    select.lang = language;
  };
  const drawError = () => {
    if (model.get("error")) wanted = "";
    draw();
  };
  const label = make("label", { class: "wpsphone-language" }, make("span", {}, "Language"), select);
  return { elements: [label], draws: { language: draw, error: drawError } };
}

/**
 * The bubbles. Only what is new is added, so that a screen reader reads only that.
 * @param {any} model
 * @returns {Part}
 */
function messagesPart(model) {
  const empty = make("p", { class: "wpsphone-empty" }, "No messages yet.");
  const names = { role: "log", "aria-live": "polite", "aria-label": "Messages", tabindex: "0" };
  const log = make("div", { class: "wpsphone-log", ...names }, empty);
  /** @type {Map<number, HTMLElement>} the line in each bubble that says what became of it */
  const status = new Map();
  let last = 0;

  const draw = () => {
    const rows = model.get("bubbles");
    for (const [number, word] of rows) {
      const line = status.get(number);
      if (line && line.textContent !== STATUS[word]) line.textContent = STATUS[word];
    }
    const fresh = rows.filter(([number]) => number > last);
    if (!fresh.length) return;
    const wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 48;
    empty.remove();
    for (const row of fresh) {
      const { element, line } = bubble(row);
      if (line) status.set(row[0], line);
      log.append(element);
    }
    last = fresh[fresh.length - 1][0];
    while (log.childElementCount > KEPT) log.firstElementChild.remove();
    for (const number of status.keys()) if (number <= last - KEPT) status.delete(number);
    if (wasAtEnd || fresh.some(([, , sender]) => sender === null)) log.scrollTop = log.scrollHeight;
  };
  return { elements: [log], draws: { bubbles: draw } };
}

/**
 * @param {Row} row
 * @returns {{ element: HTMLElement, line: HTMLElement | null }} the bubble, and the line for what became of it
 */
function bubble([, word, sender, words, original]) {
  const who = sender ?? "You";
  const name = make("span", { class: sender === null ? "wpsphone-hidden" : "wpsphone-sender" }, who);
  const element = make("div", { class: `wpsphone-bubble wpsphone-${sender === null ? "own" : "other"}` }, name);
  element.append(spoken("p", words, "wpsphone-text"));
  if (original) element.append(...onDemand(original));
  if (sender !== null) return { element, line: null };
  const line = make("span", { class: "wpsphone-status" }, STATUS[word]);
  element.append(line);
  return { element, line };
}

/** @param {Words} original what was written, shown when asked for */
function onDemand(original) {
  const language = original[3];
  const text = spoken("p", original, "wpsphone-original");
  text.hidden = true;
  const toggle = button("", () => {
    text.hidden = !text.hidden;
    draw();
    if (!text.hidden) text.scrollIntoView({ block: "nearest" });
  });
  toggle.className = "wpsphone-toggle";
  const draw = () => {
    toggle.setAttribute("aria-expanded", String(!text.hidden));
    toggle.textContent = text.hidden ? `Show original${language ? ` (${language})` : ""}` : "Hide original";
  };
  draw();
  return [toggle, text];
}

/** @param {any} model @returns {Part} */
function errorPart(model) {
  const error = make("p", { class: "wpsphone-error", role: "alert" });
  const draw = () => {
    error.textContent = model.get("error");
  };
  return { elements: [error], draws: { error: draw } };
}

/** @param {any} model @param {Ask} ask @returns {Part} */
function phrasesPart(model, ask) {
  const group = make("div", { class: "wpsphone-phrases", role: "group", "aria-label": "Phrases" });
  const draw = () => {
    const language = model.get("language");
    const direction = directionOf(model);
    const isConnected = model.get("state") === "connected";
    const buttons = model.get("phrases").map((text) => {
      const element = button(text, () => ask("send", { text }), { lang: language, dir: direction });
      setUsable(element, isConnected);
      return element;
    });
    group.dir = direction;
    group.hidden = buttons.length === 0;
    group.replaceChildren(...buttons);
  };
  const drawState = () => {
    for (const element of group.children) setUsable(element, model.get("state") === "connected");
  };
  return { elements: [group], draws: { phrases: draw, language: draw, state: drawState } };
}

/** @param {any} model @returns {string} the direction of the phone's language */
function directionOf(model) {
  return model.get("languages").find(([code]) => code === model.get("language"))?.[2] ?? "auto";
}

/** @param {any} model @param {Ask} ask @returns {Part} */
function typingPart(model, ask) {
  const names = { type: "text", autocomplete: "off", enterkeyhint: "send", placeholder: "Message" };
  const input = make("input", { ...names, "aria-label": "Message", maxlength: String(model.get("max_text")) });
  const isOpen = () => model.get("state") === "connected";
  const say = () => {
    const text = input.value.trim();
    if (!text || !isOpen()) return;
    input.value = "";
    ask("send", { text });
  };
  // JupyterLab stops Enter from submitting a form inside a cell. While an input method composes, Enter is its own.
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    say();
  });
  const send = button("Send", say);
  const drawState = () => {
    setUsable(send, isOpen());
    setUsable(input, isOpen());
    input.placeholder = isOpen() ? "Message" : "Connect first";
  };
  const drawLanguage = () => {
    input.lang = model.get("language");
    input.dir = directionOf(model);
  };
  const line = make("div", { class: "wpsphone-typing" }, input, send);
  return { elements: [line], draws: { state: drawState, language: drawLanguage } };
}

/** @param {RenderProps} props */
function render({ model, el }) {
  /** @type {Ask} */
  const ask = (action, more = {}) => model.send({ do: action, ...more });
  const parts = [
    headPart(model, ask),
    languagePart(model, ask),
    messagesPart(model),
    errorPart(model),
    phrasesPart(model, ask),
    typingPart(model, ask),
  ];
  const names = { "aria-label": `Phone of ${model.get("user_id")}` };
  const gone = make("p", { class: "wpsphone-gone", role: "alert" });
  el.classList.add("wpsphone-place");
  el.append(make("section", { class: "wpsphone", ...names }, gone, ...parts.flatMap((part) => part.elements)));

  // The widget machinery tells when the kernel is restarted or lost. Whatever the kernel says later proves it alive.
  const lose = () => {
    gone.textContent = GONE;
  };
  const find = () => {
    gone.textContent = "";
  };
  const listeners = [["comm_live_update", lose], ["change", find]];
  for (const [trait, draw] of parts.flatMap((part) => Object.entries(part.draws))) {
    draw();
    listeners.push([`change:${trait}`, draw]);
  }
  for (const [event, listener] of listeners) model.on(event, listener);
  return () => {
    for (const [event, listener] of listeners) model.off(event, listener);
  };
}

export default { render };
