// Phone: its language, and the line to type on. There is no bundler: it is put after watching.js and phone_bubbles.js.
// It sends what was done to the kernel as messages, and draws what the kernel says in traits.

const STATES = { connected: "●", connecting: "◌", disconnecting: "◌", disconnected: "○", gone: "!" };
const GONE = "The kernel of this phone was restarted or is out of reach. Run the cells again.";
const CONNECT_FIRST = "Connect first; then you can send.";
const SILENT = "No answer yet: the kernel is busy, or it was restarted and the cells must be run again.";

/** @typedef {{ elements: HTMLElement[], draws: Record<string, () => void>, leave?: () => void }} Part */

/**
 * A button that stays in the tab order when it cannot be used, so that the keyboard does not lose its place.
 * @param {string} label
 * @param {() => void} act
 * @param {Record<string, string>} attributes
 * @param {() => void} refuse what it does then
 */
function button(label, act, attributes = {}, refuse = () => {}) {
  const element = make("button", { type: "button", ...attributes }, label);
  element.addEventListener("click", () => (element.getAttribute("aria-disabled") === "true" ? refuse() : act()));
  return element;
}

/** @param {HTMLElement} element @param {boolean} usable */
function setUsable(element, usable) {
  element.setAttribute("aria-disabled", String(!usable));
}

/** The kernel as one view knows it: whether it is there, and the line that says so where it is not. */
class Kernel {
  isGone = false;
  /** @type {(() => void)[]} called when the kernel comes or goes */
  draws = [];
  line = make("p", { class: "wpsphone-gone", role: "alert" });
  waiting = 0;

  /** @param {any} model */
  constructor(model) {
    this.model = model;
  }

  /** @returns {string} the state of the phone; `gone` where nobody knows it any more */
  get state() {
    return this.isGone ? "gone" : this.model.get("state");
  }

  /** @param {string} action @param {Record<string, string>} more @returns {boolean} whether it could be asked for */
  ask(action, more = {}) {
    if (!send(this.model, { do: action, ...more })) {
      this.lose();
      return false;
    }
    if (!this.waiting) this.waiting = setTimeout(() => this.tell(SILENT), PATIENCE);
    return true;
  }

  lose() {
    this.leave();
    this.isGone = true;
    this.tell(GONE);
    for (const draw of this.draws) draw();
  }

  /** Whatever the kernel says proves it alive. */
  hear() {
    this.leave();
    this.tell("");
    if (!this.isGone) return;
    this.isGone = false;
    for (const draw of this.draws) draw();
  }

  /** Say why nothing can be sent; the next thing that the kernel says takes it away. */
  remind() {
    if (!this.isGone) this.tell(this.state === "disconnected" ? CONNECT_FIRST : "");
  }

  /** @param {string} text */
  tell(text) {
    if (this.line.textContent !== text) this.line.textContent = text;
  }

  leave() {
    clearTimeout(this.waiting);
    this.waiting = 0;
  }
}

// The parts of the phone. Each returns its elements, and for the traits it shows a function that draws them.

/** @param {string} user for user12 it is U12 */
function initials(user) {
  return ([...user][0] ?? "").toUpperCase() + (user.match(/.\d{1,2}$/)?.[0].slice(1) ?? "");
}

/** @param {any} model @param {Kernel} kernel @returns {Part} */
function headPart(model, kernel) {
  const user = model.get("user_id");
  const sign = make("span", { "aria-hidden": "true" });
  const word = make("span");
  const badge = make("span", { class: "wpsphone-badge", role: "status" }, sign, word);
  const line = button("Connect", () => kernel.ask(kernel.state === "connected" ? "disconnect" : "connect"));
  const head = make(
    "div",
    { class: "wpsphone-head" },
    make("span", { class: "wpsphone-face", "aria-hidden": "true" }, initials(user)),
    make("div", { class: "wpsphone-who" }, make("strong", { dir: "auto", title: user }, user), badge),
    line,
  );
  const drawState = () => {
    const state = kernel.state;
    badge.dataset.state = state;
    sign.textContent = `${STATES[state]} `;
    word.textContent = state === "gone" ? "kernel gone" : state;
    line.textContent = state === "connected" || state === "disconnecting" ? "Disconnect" : "Connect";
    setUsable(line, state === "connected" || state === "disconnected");
  };
  kernel.draws.push(drawState);
  return { elements: [head], draws: { state: drawState } };
}

/** @param {any} model @param {Kernel} kernel @returns {Part} */
function languagePart(model, kernel) {
  const options = model
    .get("languages")
    .map(([code, name, direction]) => make("option", { value: code, lang: code, dir: direction }, name));
  const select = make("select", {}, ...options);
  let wanted = ""; // what was chosen here and is not done yet: an older answer must not undo it
  select.addEventListener("change", () => {
    wanted = select.value;
    if (!kernel.ask("language", { language: wanted })) wanted = "";
    draw();
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
  kernel.draws.push(() => {
    select.disabled = kernel.isGone;
    if (kernel.isGone) wanted = "";
    draw();
  });
  const label = make("label", { class: "wpsphone-language" }, make("span", {}, "Language"), select);
  return { elements: [label], draws: { language: draw, error: drawError } };
}

/** @param {any} model @returns {Part} */
function errorPart(model) {
  const error = make("p", { class: "wpsphone-error", role: "alert" });
  const draw = () => {
    if (error.textContent !== model.get("error")) error.textContent = model.get("error");
  };
  return { elements: [error], draws: { error: draw } };
}

/** @param {any} model @param {Kernel} kernel @returns {Part} */
function phrasesPart(model, kernel) {
  const group = make("div", { class: "wpsphone-phrases", role: "group", "aria-label": "Phrases" });
  const draw = () => {
    const language = model.get("language");
    const direction = directionOf(model);
    const buttons = model
      .get("phrases")
      .map((text) => {
        const names = { lang: language, dir: direction };
        return button(text, () => kernel.ask("send", { text }), names, () => kernel.remind());
      });
    group.dir = direction;
    group.hidden = buttons.length === 0;
    group.replaceChildren(...buttons);
    drawState();
  };
  const drawState = () => {
    for (const element of group.children) setUsable(element, kernel.state === "connected");
  };
  kernel.draws.push(drawState);
  return { elements: [group], draws: { phrases: draw, language: draw, state: drawState } };
}

/** @param {any} model @returns {string} the direction of the phone's language */
function directionOf(model) {
  return model.get("languages").find(([code]) => code === model.get("language"))?.[2] ?? "auto";
}

/** @param {any} model @param {Kernel} kernel @returns {Part} */
function typingPart(model, kernel) {
  const names = { type: "text", autocomplete: "off", enterkeyhint: "send", placeholder: "Message" };
  const input = make("input", { ...names, "aria-label": "Message", maxlength: String(model.get("max_text")) });
  const isOpen = () => kernel.state === "connected";
  const say = () => {
    const text = input.value.trim();
    if (text && !isOpen()) kernel.remind();
    if (!text || !isOpen() || !kernel.ask("send", { text })) return;
    input.value = "";
    drawDirection();
  };
  // JupyterLab stops Enter from submitting a form inside a cell. While an input method composes, Enter is its own.
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    say();
  });
  const send = button("Send", say, {}, () => kernel.remind());
  const drawState = () => {
    setUsable(send, isOpen());
    setUsable(input, isOpen());
    input.placeholder = isOpen() ? "Message" : kernel.isGone ? "Run the cells again" : "Connect first";
  };
  // What is typed begins where its letters begin, whatever language the phone is set to.
  const drawDirection = () => {
    input.dir = input.value.trim() ? "auto" : directionOf(model);
  };
  input.addEventListener("input", drawDirection);
  const drawLanguage = () => {
    input.lang = model.get("language");
    drawDirection();
  };
  kernel.draws.push(drawState);
  const line = make("div", { class: "wpsphone-typing" }, input, send);
  return { elements: [line], draws: { state: drawState, language: drawLanguage } };
}

/** @param {RenderProps} props */
function render({ model, el }) {
  const kernel = new Kernel(model);
  const parts = [
    headPart(model, kernel),
    languagePart(model, kernel),
    messagesPart(model),
    errorPart(model),
    phrasesPart(model, kernel),
    typingPart(model, kernel),
  ];
  // The widget machinery tells when the kernel is restarted or lost.
  const listeners = [["comm_live_update", () => kernel.lose()], ["change", () => kernel.hear()]];
  for (const [trait, draw] of parts.flatMap((part) => Object.entries(part.draws))) {
    draw();
    listeners.push([`change:${trait}`, draw]);
  }
  for (const [event, listener] of listeners) model.on(event, listener);
  const names = { "aria-label": `Phone of ${model.get("user_id")}` };
  const elements = parts.flatMap((part) => part.elements);
  el.classList.add("wpsphone-place");
  el.append(make("section", { class: "wpsphone", ...names }, kernel.line, ...elements)); // drawn: nothing is read aloud
  return () => {
    for (const [event, listener] of listeners) model.off(event, listener);
    for (const part of parts) part.leave?.();
    kernel.leave();
  };
}

export default { render };
