// Service map: who is connected, which groups there are, and which way messages go.
// The kernel says where everything stands; this module draws it, moves the messages, and says whether it is seen.

const STEP = 420; // milliseconds a message takes for one part of its way
const MAX_MARKS = 120;
const NARROW_BELOW = 600; // pixels
// What travels: a shape and a word for each kind, so that colour is not needed to tell them apart.
const MARKS = {
  in: ["M-5.5 -5L5.5 -5L0 6Z", "from a client"],
  out: ["M-5 0A5 5 0 1 0 5 0A5 5 0 1 0 -5 0Z", "message"],
  ack: ["M-3.5 0A3.5 3.5 0 1 0 3.5 0A3.5 3.5 0 1 0 -3.5 0Z", "ack"],
  rest: ["M-4.5 -4.5H4.5V4.5H-4.5Z", "REST call"],
  event: ["M0 -6L6 0L0 6L-6 0Z", "event"],
  answer: ["M0 -6L6 0L0 6L-6 0Z", "answer"],
  failed: ["M-5 -3L-3 -5L0 -2L3 -5L5 -3L2 0L5 3L3 5L0 2L-3 5L-5 3L-2 0Z", "failed"],
};
const LEGEND = ["in", "out", "ack", "rest", "event", "answer", "failed"];

/** @typedef {[string, string, number, number, number, number, string, string, string]} Node key, kind, box, words */

/** @param {number} x @param {number} y @param {string} kind @param {string} text */
const words = (x, y, kind, text) => draw("text", { x, y, class: kind }, text);

/** @param {Node} node drawn from 0, 0 */
function box([, kind, , , width, height, title, note]) {
  if (kind === "line") {
    const back = draw("rect", { class: "wpsmap-back", width, height, rx: 3 });
    return [back, words(4, 12.5, "wpsmap-small", title)];
  }
  const radius = kind === "group" ? height / 2 : kind === "hub" ? 10 : 5;
  const rect = draw("rect", { class: `wpsmap-box wpsmap-${kind}`, width, height, rx: radius });
  if (["user", "anonymous", "many", "group"].includes(kind)) {
    const title_ = words(10, height <= 30 ? 19 : 17, "wpsmap-strong", title);
    return [rect, title_, words(width - 10, 19, "wpsmap-quiet wpsmap-end", note)];
  }
  if (!note) return [rect, words(width / 2, height / 2 + 4, "wpsmap-quiet wpsmap-middle", title)];
  const [x, anchor] = kind === "hub" ? [width - 14, " wpsmap-end"] : [width / 2, " wpsmap-middle"];
  return [rect, words(x, 20, `wpsmap-strong${anchor}`, title), words(x, 36, `wpsmap-quiet${anchor}`, note)];
}

/**
 * The picture: boxes and links, kept by their keys, so that what stays is moved and not made anew.
 * @param {(hint: string) => void} tell shows the hint of a box
 */
function picture(tell) {
  const layers = ["captions", "hubs", "links", "nodes", "marks"].map((name) => draw("g", { class: `wpsmap-${name}` }));
  const [captions, hubs, links, nodes, marks] = layers;
  const names = { role: "group", "aria-label": "Map. The arrow keys go from box to box.", class: "wpsmap-svg" };
  const svg = draw("svg", names, ...layers);
  /** @type {Map<string, any>} */
  const boxes = new Map();
  /** @type {Map<string, any>} */
  const ways = new Map();
  let order = [];

  /** @param {string} key */
  const focus = (key) => {
    for (const [each, element] of boxes) element.setAttribute("tabindex", each === key ? "0" : "-1");
  };
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = order.indexOf(event.target.dataset.key);
    const key = order[Math.max(0, Math.min(order.length - 1, at + step))];
    focus(key);
    boxes.get(key)?.focus();
  });

  /** @param {Node} node */
  function place(node) {
    const [key, kind, x, y, , , , , hint] = node;
    let element = boxes.get(key);
    if (!element) {
      element = draw("g", { role: "img", tabindex: "-1", "data-key": key, class: "wpsmap-node wpsmap-new" });
      element.addEventListener("focus", () => tell(boxes.get(key).hint));
      element.addEventListener("pointerenter", () => tell(boxes.get(key).hint));
      element.addEventListener("pointerdown", () => focus(key));
      boxes.set(key, element);
    }
    const look = JSON.stringify(node);
    if (element.look === look) return;
    Object.assign(element, { look, hint });
    element.setAttribute("aria-label", hint.replaceAll("\n", ", "));
    element.setAttribute("data-kind", kind);
    element.style.transform = `translate(${x}px, ${y}px)`;
    element.replaceChildren(...box(node));
  }

  /** @param {any} scene */
  function show(scene) {
    svg.setAttribute("viewBox", `0 0 ${scene.width} ${scene.height}`);
    svg.style.maxWidth = `${scene.width * 1.3}px`;
    captions.replaceChildren(...scene.captions.map(([x, y, text]) => words(x, y, "wpsmap-quiet", text)));
    const kept = new Set(scene.nodes.map(([key]) => key));
    for (const [key, element] of boxes) if (!kept.has(key)) boxes.delete(key) && element.remove();
    scene.nodes.forEach(place);
    order = scene.nodes.map(([key]) => key);
    const last = new Map();
    for (const [key, kind] of scene.nodes) {
      // In the order of the scene, as what comes later is drawn over what came before; a box that moves loses the focus.
      const layer = kind === "hub" ? hubs : nodes;
      const next = last.has(layer) ? last.get(layer).nextSibling : layer.firstChild;
      if (boxes.get(key) !== next) layer.insertBefore(boxes.get(key), next);
      last.set(layer, boxes.get(key));
    }
    if (![...boxes.values()].some((each) => each.getAttribute("tabindex") === "0")) focus(order[0]);
    ways.clear();
    links.replaceChildren(
      ...scene.links.map(([key, kind, d]) => {
        const path = draw("path", { class: `wpsmap-link wpsmap-${kind}`, d });
        ways.set(key, path);
        return path;
      }),
    );
  }
  return { svg, show, marks, ways };
}

/**
 * Moves marks along the links of a picture.
 * @param {{ marks: any, ways: Map<string, any> }} picture
 */
function traffic({ marks, ways }) {
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
  const timers = new Set();

  /** @param {any[]} paths @param {number} time between 0 and 1 @param {boolean[]} backwards */
  function pointAt(paths, backwards, time) {
    const lengths = paths.map((path) => path.getTotalLength());
    let left = time * lengths.reduce((sum, each) => sum + each, 0);
    for (let at = 0; at < paths.length; at += 1) {
      if (left <= lengths[at] || at === paths.length - 1) {
        return paths[at].getPointAtLength(backwards[at] ? lengths[at] - left : left);
      }
      left -= lengths[at];
    }
  }

  /** @param {any[]} paths @param {string} kind */
  function flash(paths, kind) {
    for (const path of paths) {
      path.dataset.busy = kind;
      clearTimeout(path.timer);
      path.timer = setTimeout(() => delete path.dataset.busy, STEP * 1.5);
    }
  }

  /** @param {[string, boolean][]} way @param {number} times @param {string} kind */
  function start(way, times, kind) {
    const paths = way.map(([key]) => ways.get(key));
    if (!paths.length || paths.some((path) => !path)) return;
    flash(paths, kind);
    if (isCalm.matches || marks.childElementCount >= MAX_MARKS) return;
    const shape = draw("path", { d: MARKS[kind][0], transform: `scale(${times > 1 ? 1.4 : 1})` });
    const mark = draw("g", { class: `wpsmap-mark wpsmap-mark-${kind}`, "aria-hidden": "true" }, shape);
    if (times > 1) mark.append(words(0, -9, "wpsmap-times", `${times}×`));
    marks.append(mark);
    const began = performance.now();
    const backwards = way.map(([, isBackwards]) => isBackwards);
    const frame = (now) => {
      const time = (now - began) / STEP;
      if (time >= 1 || !paths[0].isConnected) return mark.remove();
      const { x, y } = pointAt(paths, backwards, Math.max(0, time));
      mark.setAttribute("transform", `translate(${x} ${y})`);
      requestAnimationFrame(frame);
    };
    frame(began);
  }

  /** @param {[[string, boolean][], number, string, number][]} moves */
  function run(moves) {
    if (document.hidden) return;
    for (const [way, times, kind, phase] of moves) {
      const timer = setTimeout(() => timers.delete(timer) && start(way, times, kind), phase * STEP);
      timers.add(timer);
    }
  }
  return { run, stop: () => timers.forEach(clearTimeout) };
}

/** The words below the map: what marks mean, and the same as a list. */
function legend() {
  const items = LEGEND.map((kind) => {
    const shape = draw("path", { d: MARKS[kind][0], transform: "translate(7 7)" });
    const mark = draw("svg", { viewBox: "0 0 14 14", class: `wpsmap-mark-${kind}`, "aria-hidden": "true" }, shape);
    return make("span", { class: "wpsmap-key" }, mark, MARKS[kind][1]);
  });
  return make("p", { class: "wpsmap-legend" }, ...items);
}

/** @param {string[]} before @param {string[]} now */
function changes(before, now) {
  const news = now.filter((line) => !before.includes(line)).map((line) => line.trim());
  return news.length > 4 ? `${news[0]}, and more changes` : news.join(", ");
}

/** @param {RenderProps} props */
function render({ model, el }) {
  const hub = model.get("hub");
  const badge = make("span", { class: "wpsmap-badge", role: "status" });
  const where = make("span", { class: "wpsmap-where" }, hub ? `hub ${hub}` : "all hubs");
  const head = make("div", { class: "wpsmap-head" }, make("strong", {}, "Service map"), where, badge);
  const hint = make("p", { class: "wpsmap-hint" }, "Point at a box, or go to it with the arrow keys, for its ids.");
  const list = make("ul", { class: "wpsmap-list" });
  const as_list = make("details", {}, make("summary", {}, "The same as a list"), list);
  const why = make("p", { class: "wpsmap-why" });
  const error = make("p", { class: "wpsmap-error", role: "alert" });
  const kernel = make("p", { class: "wpsmap-error", role: "alert" });
  const news = make("p", { class: "wpsmap-news", role: "status" });
  const empty = make("p", { class: "wpsmap-why" });

  const drawing = picture((text) => {
    hint.textContent = text;
  });
  const moving = traffic(drawing);
  const names = { "aria-label": hub ? `Map of hub ${hub}` : "Map of all hubs", "data-lm-suppress-shortcuts": "true" };
  const parts = [head, why, drawing.svg, empty, legend(), hint, as_list, error, kernel, news];
  const root = make("section", { class: "wpsmap", ...names }, ...parts);
  el.append(root);

  let shape = "wide";
  const drawScene = () => {
    const scene = model.get("scenes")[shape];
    drawing.svg.style.display = scene?.nodes.length ? "" : "none";
    empty.textContent = scene?.nodes.length ? "" : "There is no hub yet. A hub comes to be when somebody uses it.";
    if (scene) drawing.show(scene);
  };
  /** @type {string[]} */
  let told = [];
  const drawList = () => {
    const lines = model.get("lines");
    const item = (line) => make("li", { class: line.startsWith(" ") ? "wpsmap-part" : "" }, line.trim());
    list.replaceChildren(...lines.map(item));
    if (told.length) news.textContent = changes(told, lines);
    told = lines;
  };
  let isGone = false;
  const drawState = () => {
    const status = isGone && model.get("status") !== "closed" ? "gone" : model.get("status");
    badge.dataset.state = status;
    badge.textContent = BADGES[status];
    why.textContent = model.get("why");
    error.textContent = model.get("error");
  };
  const onMessage = (content) => content.do === "moves" && moving.run(content.moves);

  const resized = new ResizeObserver(([{ contentRect }]) => {
    const now = contentRect.width < NARROW_BELOW ? "narrow" : "wide";
    if (now !== shape) {
      shape = now;
      drawScene();
    }
  });
  resized.observe(root);
  const draws = { scenes: drawScene, lines: drawList, status: drawState, why: drawState, error: drawState };
  for (const [trait, redraw] of Object.entries(draws)) {
    redraw();
    model.on(`change:${trait}`, redraw);
  }
  model.on("msg:custom", onMessage);
  const view = Math.random().toString(36).slice(2);
  const leave = presence(model, root, view, (text) => {
    kernel.textContent = text;
    isGone = text !== "";
    drawState();
  });
  return () => {
    for (const [trait, redraw] of Object.entries(draws)) model.off(`change:${trait}`, redraw);
    model.off("msg:custom", onMessage);
    resized.disconnect();
    moving.stop();
    leave();
  };
}

export default { render };
