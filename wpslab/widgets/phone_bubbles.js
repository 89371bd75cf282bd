// Phone bubbles: what was said, as bubbles, and what became of each. There is no bundler: it is put between watching.js
// and phone.js.

const STATUS = {
  received: "",
  untranslated: "! not translated",
  sending: "sending …",
  sent: "✓ sent",
  unconfirmed: "? not confirmed, it may have arrived",
  failed: "! not sent",
};
const KEPT = 200;
const AT_THE_END = 48; // pixels

/** @typedef {[string, string, string, string]} Words a text, its language's code, its direction, the language's name */
/** @typedef {[number, string, string | null, Words, Words | null, string]} Row see `bubble_row` in phone_rows.py */
/** @typedef {{ elements: HTMLElement[], draws: Record<string, () => void>, leave?: () => void }} Part */

/**
 * The bubbles. Only what is new is added, so that a screen reader reads only that: not what is there when the phone
 * comes on the page, nor what becomes of a message.
 * @param {any} model
 * @returns {Part}
 */
function messagesPart(model) {
  const empty = make("p", { class: "wpsphone-empty" }, "No messages yet.");
  const names = { role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": "Messages" };
  const log = make("div", { class: "wpsphone-log", ...names, tabindex: "0" }, empty);
  /** @type {Map<number, HTMLElement>} the line in each bubble that says what became of it */
  const status = new Map();
  let last = 0;
  let isAtEnd = true;

  // A log that is not on the page yet, or for a while, cannot be scrolled; it is as soon as it has a height.
  const follow = () => {
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  };
  log.addEventListener("scroll", () => {
    if (log.clientHeight) isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < AT_THE_END;
  });
  const resized = new ResizeObserver(follow);
  resized.observe(log);

  const draw = () => {
    const rows = model.get("bubbles");
    for (const row of rows) {
      const line = status.get(row[0]);
      if (line && line.textContent !== statusOf(row)) line.textContent = statusOf(row);
    }
    const fresh = rows.filter(([number]) => number > last);
    if (fresh.length) {
      empty.remove();
      for (const row of fresh) {
        const { element, line } = bubble(row);
        status.set(row[0], line);
        log.append(element);
      }
      last = fresh[fresh.length - 1][0];
      while (log.childElementCount > KEPT) log.firstElementChild.remove();
      for (const number of status.keys()) if (number <= last - KEPT) status.delete(number);
      isAtEnd ||= fresh.some(([, , sender]) => sender === null);
    }
    follow();
  };
  return { elements: [log], draws: { bubbles: draw }, leave: () => resized.disconnect() };
}

/** @param {Row} row @returns {string} what became of a message */
function statusOf([, word, , , , reason]) {
  return reason ? `${STATUS[word]}: ${reason}` : STATUS[word];
}

/**
 * @param {Row} row
 * @returns {{ element: HTMLElement, line: HTMLElement }} the bubble, and the line for what became of it
 */
function bubble(row) {
  const [, , sender, words, original] = row;
  const isOwn = sender === null;
  const name = make("span", { class: isOwn ? "wpsphone-hidden" : "wpsphone-sender", dir: "auto" }, sender ?? "You");
  const element = make("div", { class: `wpsphone-bubble wpsphone-${isOwn ? "own" : "other"}` }, name);
  element.append(spoken("p", words, "wpsphone-text"));
  if (original) element.append(...onDemand(original));
  // What is said about an own message comes later, and is no message. A failure is said by the alert.
  const line = make("span", { class: "wpsphone-status", ...(isOwn ? { "aria-live": "off" } : {}) }, statusOf(row));
  element.append(line);
  return { element, line };
}

/** @param {Words} original what was written, shown when asked for */
function onDemand(original) {
  const language = original[3];
  const text = spoken("p", original, "wpsphone-original");
  text.setAttribute("aria-live", "off"); // whoever asks for it goes there
  text.hidden = true;
  const toggle = button("", () => {
    text.hidden = !text.hidden;
    draw();
    if (!text.hidden) text.scrollIntoView({ block: "nearest" });
  });
  toggle.className = "wpsphone-toggle";
  toggle.setAttribute("aria-live", "off");
  const draw = () => {
    toggle.setAttribute("aria-expanded", String(!text.hidden));
    toggle.textContent = text.hidden ? `Show original${language ? ` (${language})` : ""}` : "Hide original";
  };
  draw();
  return [toggle, text];
}

/** @param {string} tag @param {Words} words @param {string} kind */
function spoken(tag, [text, language, direction], kind) {
  const attributes = language ? { lang: language, dir: direction } : { dir: direction };
  return make(tag, { class: kind, ...attributes }, text);
}
