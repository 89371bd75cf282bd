// Panel parts: what the modules of a client panel, a terminal panel and a components table share. There is no bundler:
// it is put after watching.js and before theirs.

const GONE = "The kernel was restarted or is out of reach. Run the cells again.";
const COPIED_MILLISECONDS = 2_000;
const AT_THE_END = 24; // pixels

/** @typedef {{ elements: HTMLElement[], draws: Record<string, () => void>, leave?: () => void }} Part */

/**
 * The kernel as one view knows it, and the line that says what went wrong: that the kernel is not there, else why a
 * button did nothing, else what the kernel says.
 */
class Kernel {
  complaint = "";
  hint = "";
  /** @type {(() => void)[]} called when the kernel comes or goes */
  draws = [];

  /** @param {any} model @param {string} kind the class of the line */
  constructor(model, kind) {
    this.model = model;
    this.line = make("p", { class: kind, role: "alert" });
  }

  get isThere() {
    return this.complaint === "";
  }

  /** @returns {string} what a badge says; empty where the kernel is there */
  get badge() {
    if (this.isThere) return "";
    return this.complaint === GONE ? "! kernel gone" : "! no answer";
  }

  /** @param {string} action @param {Record<string, any>} more @returns {boolean} whether it could be asked for */
  ask(action, more = {}) {
    this.explain("");
    const isSent = send(this.model, { do: action, ...more });
    if (!isSent) this.tell(GONE);
    return isSent;
  }

  /** @param {string} hint why a button does nothing */
  explain(hint) {
    this.hint = hint;
    this.drawLine();
  }

  /** @param {string} complaint why the kernel does not answer; empty when it does */
  tell(complaint) {
    if (complaint === this.complaint) return;
    this.complaint = complaint;
    this.drawLine();
    for (const draw of this.draws) draw();
  }

  drawLine() {
    const text = this.complaint || this.hint || this.model.get("error");
    if (this.line.textContent !== text) this.line.textContent = text; // a screen reader reads it once
  }

  /**
   * Begin to look whether the kernel answers.
   * @param {Element} root the element of the view
   * @returns {() => void} to be called when the view goes away
   */
  watch(root) {
    let isLost = false; // a comm that was closed does not open again
    const lose = () => {
      isLost = true;
      this.tell(GONE);
    };
    const leave = presence(this.model, root, newId(), (text) => this.tell(text && isLost ? GONE : text));
    this.model.on("comm_live_update", lose);
    return () => {
      this.model.off("comm_live_update", lose);
      leave();
    };
  }
}

function newId() {
  return Math.random().toString(36).slice(2);
}

/** @param {HTMLElement} element @param {string} whyNot why it cannot be used; empty where it can */
function setUsable(element, whyNot) {
  element.setAttribute("aria-disabled", String(whyNot !== ""));
  element.title = whyNot;
}

/**
 * The state as a sign and a word, or that the kernel is not there.
 * @param {any} model
 * @param {Kernel} kernel
 * @param {string} kind its class
 * @param {string} trait
 * @param {(state: string) => string} words
 * @returns {Part}
 */
function badgePart(model, kernel, kind, trait, words) {
  const badge = make("span", { class: kind, role: "status" });
  const draw = () => {
    const text = kernel.badge || words(model.get(trait));
    badge.dataset.state = kernel.isThere ? model.get(trait) : "lost";
    if (badge.textContent !== text) badge.textContent = text;
  };
  kernel.draws.push(draw);
  return { elements: [badge], draws: { [trait]: draw } };
}

/**
 * A button that stays in the tab order when it cannot be used, so that the keyboard does not lose its place. Pressed
 * then, it says why.
 * @param {Kernel} kernel
 * @param {string} label
 * @param {() => void} act
 * @param {() => string} whyNot empty where it can be used
 * @param {boolean} needsKernel
 * @returns {{ element: HTMLButtonElement, draw: () => void }}
 */
function button(kernel, label, act, whyNot, needsKernel = true) {
  const element = make("button", { type: "button" }, label);
  const reason = () => (needsKernel && kernel.complaint) || whyNot();
  const draw = () => setUsable(element, reason());
  element.addEventListener("click", () => {
    if (reason()) kernel.explain(reason());
    else act();
  });
  kernel.draws.push(draw);
  return { element, draw };
}

/**
 * The buttons of a log: to copy it as text, and to clear it. Where the browser does not let a page copy, the text
 * stands there to be copied by hand.
 * @param {Kernel} kernel
 * @param {() => any[]} rows what is shown
 * @param {(row: any) => string} plain a row as text
 * @returns {{ elements: HTMLElement[], byHand: HTMLElement, draw: () => void }}
 */
function logTools(kernel, rows, plain) {
  const label = "Copy as text";
  const byHand = make("div");
  const text = () => rows().map(plain).join("\n");
  const whyNot = () => (rows().length ? "" : "There is nothing here yet.");
  const write = async () => {
    try {
      await navigator.clipboard.writeText(text());
      copy.element.textContent = "Copied";
      setTimeout(() => (copy.element.textContent = label), COPIED_MILLISECONDS);
    } catch {
      const area = make("textarea", { readonly: "", rows: "6", "aria-label": "The same as text, to be copied" });
      area.value = text();
      byHand.replaceChildren(area);
      area.select();
    }
  };
  const copy = button(kernel, label, write, whyNot, false);
  const clear = button(kernel, "Clear", () => kernel.ask("clear"), whyNot);
  const draw = () => {
    if (!rows().length) byHand.replaceChildren();
    copy.draw();
    clear.draw();
  };
  return { elements: [copy.element, clear.element], byHand, draw };
}

/**
 * Keep a log at its end unless somebody scrolled up. A log that is not on the page yet, or for a while, cannot be
 * scrolled; it is as soon as it has a height.
 * @param {HTMLElement} log
 */
function followEnd(log) {
  let isAtEnd = true;
  const go = () => {
    log.scrollTop = log.scrollHeight;
  };
  log.addEventListener("scroll", () => {
    if (log.clientHeight) isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < AT_THE_END;
  });
  const resized = new ResizeObserver(() => isAtEnd && go());
  resized.observe(log);
  return {
    /** @param {boolean} always also where somebody scrolled up */
    grown: (always = false) => {
      isAtEnd ||= always;
      if (isAtEnd) go();
    },
    leave: () => resized.disconnect(),
  };
}

/**
 * What an ack says.
 * @param {string} text a frame; one that is long was cut, and is no JSON then
 * @returns {{ number: number, failed: boolean } | null}
 */
function ackOf(text) {
  if (!text.startsWith("{") || !text.includes('"ack"')) return null;
  try {
    const { type, ackId, success } = JSON.parse(text);
    return type === "ack" ? { number: ackId, failed: success === false } : null;
  } catch {
    return null;
  }
}

/** @param {string} plain a long frame may break after its commas */
function breakable(plain) {
  return plain.split(/(?<=,)/).flatMap((piece) => (piece.endsWith(",") ? [piece, make("wbr")] : [piece]));
}

/**
 * Draw the parts of a view, and draw again what a trait changed.
 * @param {any} model
 * @param {Kernel} kernel
 * @param {Element} root the element of the view, on the page
 * @param {Part[]} parts
 * @returns {() => void} to be called when the view goes away
 */
function drawParts(model, kernel, root, parts) {
  const listeners = [["change", () => kernel.explain("")]];
  for (const [trait, draw] of parts.flatMap((part) => Object.entries(part.draws))) {
    draw();
    listeners.push([`change:${trait}`, draw]);
  }
  kernel.drawLine();
  for (const [event, listener] of listeners) model.on(event, listener);
  const leave = kernel.watch(root);
  return () => {
    for (const [event, listener] of listeners) model.off(event, listener);
    for (const part of parts) part.leave?.();
    leave();
  };
}
