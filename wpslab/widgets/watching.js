// Watching: what the modules of a map and an inspector share. It is put before them; there is no bundler.

const SVG = "http://www.w3.org/2000/svg";
const REPEAT_VISIBLE = 5_000; // milliseconds; the kernel forgets a page after 35 seconds
const PATIENCE = 6_000; // the kernel says something at least every 4 seconds, unless it is gone
const BADGES = { live: "● live", resting: "○ resting", lost: "! service gone", closed: "○ lab closed", gone: "! no answer" };
const NO_KERNEL = "No answer from the kernel: it is busy, or it was restarted and the cells must be run again.";

/** @typedef {import("@anywidget/types").RenderProps} RenderProps */

/** What can have the focus: there JupyterLab's own shortcuts must not count, `dd` above all, which deletes the cell. */
const FOCUSABLE = new Set(["button", "input", "select", "textarea", "summary", "a"]);

/**
 * Have Shift+Enter and the like run the cell, as they do on any other button, instead of pressing this one: JupyterLab
 * does not see keys that are pressed in here.
 * @param {KeyboardEvent} event
 */
function runsTheCell(event) {
  const { key, shiftKey, ctrlKey, altKey, metaKey, target } = event;
  const isText = target.matches?.('input[type="text"], textarea');
  if (key !== "Enter" || !(shiftKey || ctrlKey || altKey || metaKey) || isText) return;
  const cell = target.closest(".jp-Cell");
  if (!cell) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  cell.focus();
  const keys = { key, code: "Enter", keyCode: 13, shiftKey, ctrlKey, altKey, metaKey };
  cell.dispatchEvent(new KeyboardEvent("keydown", { ...keys, bubbles: true, cancelable: true }));
}

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
    else element.setAttribute(name, value);
  }
  if (FOCUSABLE.has(tag) || "tabindex" in properties) {
    element.setAttribute("data-lm-suppress-shortcuts", "true");
    element.addEventListener("keydown", runsTheCell, { capture: true });
  }
  element.append(...children);
  return element;
}

/** @param {string} tag @param {Record<string, any>} attributes @param {...(Element | string)} children @returns {any} */
function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if ("tabindex" in attributes) element.setAttribute("data-lm-suppress-shortcuts", "true");
  element.append(...children);
  return element;
}

/**
 * Send something to the kernel; a comm that a restarted kernel closed throws.
 * @param {any} model
 * @param {Record<string, any>} content
 */
function send(model, content) {
  try {
    model.send(content);
    return true;
  } catch {
    return false;
  }
}

/**
 * Tell the kernel whether the widget is on the screen, and say when the kernel does not answer.
 * @param {any} model
 * @param {Element} element
 * @param {string} view
 * @param {(text: string) => void} complain
 */
function presence(model, element, view, complain) {
  let visible = false;
  let waiting = 0;
  const heard = () => {
    clearTimeout(waiting);
    waiting = 0;
    complain("");
  };
  const say = () => {
    const isSent = send(model, { do: visible ? "visible" : "hidden", view });
    if (visible && !waiting) waiting = setTimeout(() => complain(NO_KERNEL), isSent ? PATIENCE : 0);
  };
  const observer = new IntersectionObserver((entries) => {
    const now = entries[entries.length - 1].isIntersecting;
    if (now !== visible) {
      visible = now;
      say();
    }
  });
  observer.observe(element);
  const timer = setInterval(() => visible && say(), REPEAT_VISIBLE);
  model.on("msg:custom", heard);
  return () => {
    observer.disconnect();
    clearInterval(timer);
    clearTimeout(waiting);
    model.off("msg:custom", heard);
    if (visible) send(model, { do: "hidden", view });
  };
}
