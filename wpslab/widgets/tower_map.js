// Tower map: sites, roads and trucks of the control tower's board, and messages on their way. It is put after
// watching.js and before tower_board.js.

const SITE = { width: 112, height: 44 };
const TOWER = { width: 84, height: 44 };
const TRUCK = { width: 104, height: 36, tag: 13 };
const GAP = 4;
const MOVE = 800; // milliseconds a message is on its way
const APART = 220; // between two that start
const PENDING = 14;
const ASIDE = 5;

const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Where things are. On a narrow page the map stands on its head: what was left to right is top to bottom.

/** @param {number} width */
function sizeOf(width) {
  return width < 560 ? { width, height: 620, isNarrow: true } : { width, height: 360, isNarrow: false };
}

/** @param {any[]} truck */
const truckHeight = ([, , , , , tags]) => TRUCK.height + TRUCK.tag * tags.length;

/**
 * @param {any} scene
 * @param {[string, number, number]} tower
 * @param {{ width: number, height: number, isNarrow: boolean }} size
 * @returns {Map<string, [number, number]>}
 */
function placesOf(scene, [tower, towerX, towerY], size) {
  const edge = SITE.width / 2 + GAP;
  /** @param {number} x @param {number} y @returns {[number, number]} */
  const at = (x, y) =>
    size.isNarrow
      ? [Math.min(Math.max(y * size.width, edge), size.width - edge), x * size.height]
      : [x * size.width, y * size.height];
  const places = new Map([[tower, at(towerX, towerY)]]);
  for (const [name, , x, y] of scene.sites) places.set(name, at(x, y));
  for (const truck of scene.trucks) places.set(truck[0], placeOfTruck(truck, scene.trucks, places, size));
  return places;
}

/**
 * @param {any[]} truck
 * @param {any[][]} trucks
 * @param {Map<string, [number, number]>} places
 * @param {{ height: number }} size
 * @returns {[number, number]} the middle of its card
 */
function placeOfTruck(truck, trucks, places, size) {
  const [, here, ahead] = truck;
  if (ahead === null) {
    const [x, y] = places.get(here);
    const docked = trucks.filter((each) => each[2] === null && each[1] === here);
    const before = docked.slice(0, docked.indexOf(truck)).reduce((sum, each) => sum + truckHeight(each) + GAP, 0);
    const away = SITE.height / 2 + GAP + before + truckHeight(truck) / 2;
    return [x, y > 0.6 * size.height ? y - away : y + away];
  }
  const own = onRoad(truck, places, size);
  const isHere = ([, start, end]) => (start === here && end === ahead) || (start === ahead && end === here);
  const other = trucks.find((each) => each !== truck && isHere(each));
  return other ? apart(truck, own, other, onRoad(other, places, size), places) : own;
}

/**
 * @param {any[]} truck
 * @param {Map<string, [number, number]>} places
 * @param {{ height: number }} size
 * @returns {[number, number]} where it is on its road, whatever else is there
 */
function onRoad(truck, places, size) {
  const [, here, ahead, part] = truck;
  const [[x1, y1], [x2, y2]] = [places.get(here), places.get(ahead)];
  const [x, y] = [x2 - x1, y2 - y1];
  // The card shall not lie on the sites at both ends: it drives between them, and where there is no room, beside them.
  const wide = (SITE.width + TRUCK.width) / 2 + GAP;
  const high = (SITE.height + truckHeight(truck)) / 2 + GAP;
  const edge = Math.min(x ? wide / Math.abs(x) : 1, y ? high / Math.abs(y) : 1);
  const isShort = edge > 0.45;
  const along = isShort ? 0.25 + part / 2 : edge + part * (1 - 2 * edge);
  const beside = isShort ? (y1 > 0.6 * size.height ? -high : high) : 0;
  return [x1 + along * x, y1 + along * y + beside];
}

/**
 * Two trucks on a road: where their cards would lie on each other, they make room, each by one half.
 * @param {any[]} truck
 * @param {[number, number]} at
 * @param {any[]} other
 * @param {[number, number]} otherAt
 * @param {Map<string, [number, number]>} places
 * @returns {[number, number]}
 */
function apart(truck, [x, y], other, [otherX, otherY], places) {
  const high = Math.max(truckHeight(truck), truckHeight(other));
  if (Math.abs(x - otherX) >= TRUCK.width + GAP || Math.abs(y - otherY) >= high + GAP) return [x, y];
  const ends = [places.get(truck[1]), places.get(truck[2])];
  const isFlat = ends[0][1] === ends[1][1];
  const [own, others, card, site] = isFlat ? [x, otherX, TRUCK.width, SITE.width] : [y, otherY, high, SITE.height];
  const [first, last] = ends.map((end) => end[isFlat ? 0 : 1]).sort((one, two) => one - two);
  const edge = site / 2 + card + 1.5 * GAP;
  const middle = (own + others) / 2;
  const fitting = last - first > 2 * edge ? Math.min(Math.max(middle, first + edge), last - edge) : middle;
  const isFirst = own === others ? truck[0] < other[0] : own < others;
  const moved = fitting + (isFirst ? -0.5 : 0.5) * (card + GAP);
  return isFlat ? [moved, y] : [x, moved];
}

// What is drawn.

/**
 * A card with a sign, a name and lines, its middle at 0, 0.
 * @param {string} kind
 * @param {string} icon
 * @param {string} name
 * @param {string[]} lines
 * @param {{ width: number, height: number, isRisk?: boolean, alerts?: number }} look the last lines are alerts
 */
function card(kind, icon, name, lines, { width, height, isRisk = false, alerts = 0 }) {
  const left = -width / 2;
  const top = (13 - 13 * lines.length) / 2 - 4;
  const texts = lines.map((line, row) => {
    const isAlert = row >= lines.length - alerts;
    const place = { x: left + 8, y: top + 14 + 13 * row };
    return draw("text", { class: isAlert ? "wpstower-alert" : "wpstower-small", ...place }, line);
  });
  return [
    draw("rect", {
      class: `wpstower-${kind}${isRisk ? " wpstower-risk" : ""}`,
      ...{ x: left, y: -height / 2, width, height, rx: 5 },
    }),
    draw("path", { class: "wpstower-icon", d: icon, transform: `translate(${left + 7} ${-height / 2 + 5}) scale(.85)` }),
    draw("text", { class: "wpstower-name", x: left + 27, y: top }, isRisk ? `${name} !` : name),
    ...texts,
  ];
}

/** @param {any} model @returns {Part} see panel_parts.js */
function mapPart(model) {
  const layers = ["roads", "ways", "dots", "sites", "trucks"].map((name) => draw("g", { class: `wpstower-${name}` }));
  const [roads, ways, dots, sites, trucks] = layers; // a dot goes below the cards, so that these stay readable
  const svg = draw("svg", { class: "wpstower-svg", role: "img" }, ...layers);
  const box = make("div", { class: "wpstower-map" }, svg);
  /** @type {Map<string, [number, number]>} */
  let places = new Map();

  const drawScene = () => {
    const scene = model.get("scene");
    const size = sizeOf(box.clientWidth || 720);
    places = placesOf(scene, model.get("tower"), size);
    svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    svg.setAttribute("height", String(size.height));
    svg.setAttribute("aria-label", `Map at ${scene.clock}. ${scene.words}`);
    roads.replaceChildren(...scene.roads.flatMap((road) => roadOf(road, places)));
    sites.replaceChildren(...siteCards(model, places));
    drawTrucks(model, trucks, places);
  };
  const { drawMoves, stop } = movesOf(model, ways, dots, () => places);
  const observer = new ResizeObserver(drawScene);
  observer.observe(box);
  const leave = () => {
    observer.disconnect();
    stop();
  };
  return { elements: [box], draws: { scene: drawScene, moves: drawMoves }, leave };
}

/** @param {any} model @param {Map<string, [number, number]>} places */
function siteCards(model, places) {
  const [scene, icons, [tower]] = ["scene", "icons", "tower"].map((trait) => model.get(trait));
  const placed = (name, children) => {
    const [x, y] = places.get(name);
    return draw("g", { transform: `translate(${x} ${y})`, "data-name": name }, ...children);
  };
  const cards = scene.sites.map(([name, kind, , , line, isLow]) => {
    const look = { ...SITE, isRisk: isRisk(scene, name), alerts: isLow ? 1 : 0 };
    return placed(name, card("site", icons[kind], name, [line], look));
  });
  return [placed(tower, card("tower", icons.tower, "Tower", ["sees events"], TOWER)), ...cards];
}

/**
 * Trucks stay the same elements, so that they drive and do not jump.
 * @param {any} model
 * @param {any} layer
 * @param {Map<string, [number, number]>} places
 */
function drawTrucks(model, layer, places) {
  const [scene, icons] = [model.get("scene"), model.get("icons")];
  const known = new Map([...layer.children].map((element) => [element.dataset.name, element]));
  for (const truck of scene.trucks) {
    const [name, , , , line, tags] = truck;
    const element = known.get(name) ?? draw("g", { "data-name": name, class: "wpstower-drives" });
    const look = { width: TRUCK.width, height: truckHeight(truck), isRisk: isRisk(scene, name), alerts: tags.length };
    const [x, y] = places.get(name);
    element.style.transform = `translate(${x}px, ${y}px)`;
    element.replaceChildren(...card("truck", icons.truck, name, [line, ...tags], look));
    if (!known.has(name)) layer.append(element);
  }
}

/** @param {any} scene @param {string} name */
const isRisk = (scene, name) => scene.risks.some(([who]) => who === name);

/**
 * @param {[string, string, boolean]} road
 * @param {Map<string, [number, number]>} places
 */
function roadOf([one, other, isStorm], places) {
  const [[x1, y1], [x2, y2]] = [places.get(one), places.get(other)];
  const line = draw("line", { class: "wpstower-road", x1, y1, x2, y2 });
  if (!isStorm) return [line];
  const isUpright = Math.abs(y2 - y1) > Math.abs(x2 - x1);
  const place = isUpright ? { x: x1 + 10, y: y1 + 0.65 * (y2 - y1) } : { x: (x1 + x2) / 2, y: (y1 + y2) / 2 - 9 };
  const word = draw("text", { class: "wpstower-alert", ...place, "text-anchor": isUpright ? "start" : "middle" }, "storm");
  return [line, draw("line", { class: "wpstower-storm", x1, y1, x2, y2 }), word];
}

/**
 * Move a way a little to its right, so that a question and its answer do not lie on each other.
 * @param {[number, number]} from
 * @param {[number, number]} to
 */
function besides([x1, y1], [x2, y2]) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [x, y] = [((y1 - y2) / length) * ASIDE, ((x2 - x1) / length) * ASIDE];
  return [
    [x1 + x, y1 + y],
    [x2 + x, y2 + y],
  ];
}

/**
 * The messages on their way: one after the other, each a dot on a line; a line alone for those who want no motion.
 * @param {any} model
 * @param {any} ways the lines, which are below the cards
 * @param {any} dots
 * @param {() => Map<string, [number, number]>} places
 */
function movesOf(model, ways, dots, places) {
  const newest = () => model.get("moves").at(-1)?.[0] ?? 0;
  let seen = newest(); // what was before this view came is not played again
  let waiting = [];
  let timer = 0;

  const start = ([, sender, receiver, kind]) => {
    if (!places().has(sender) || !places().has(receiver)) return;
    const [from, to] = besides(places().get(sender), places().get(receiver));
    const line = draw("line", { class: `wpstower-way wpstower-${kind}`, x1: from[0], y1: from[1], x2: to[0], y2: to[1] });
    const dot = draw("circle", { class: `wpstower-dot wpstower-${kind}`, r: kind === "direct" ? 7 : 5 });
    ways.append(line);
    dots.append(dot);
    const frames = [from, to].map(([x, y]) => ({ transform: `translate(${x}px, ${y}px)` }));
    if (isCalm()) dot.style.transform = frames[1].transform;
    else dot.animate(frames, { duration: MOVE, easing: "ease-in-out", fill: "forwards" });
    const end = () => [line, dot].forEach((element) => element.remove());
    setTimeout(end, MOVE + (isCalm() ? 600 : 150));
  };
  const next = () => {
    timer = 0;
    const move = waiting.shift();
    if (!move) return;
    start(move);
    timer = setTimeout(next, APART);
  };
  const drawMoves = () => {
    const fresh = model.get("moves").filter(([number]) => number > seen);
    seen = Math.max(seen, newest());
    if (document.hidden) return;
    waiting = [...waiting, ...fresh].slice(-PENDING);
    if (!timer) next();
  };
  return { drawMoves, stop: () => clearTimeout(timer) };
}
