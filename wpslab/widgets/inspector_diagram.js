// Inspector diagram: what happened, in words and as a sequence diagram. It is put before inspector.js.

const DRAWN = 60; // rows of the diagram
const LANE = 92; // pixels between two lanes, at least
const MAX_USERS = 8;
const ROW = 30;
const LANES = {
  "\0service": "service",
  "\0upstream": "upstream",
  "\0server": "application server",
  "\0others": "others",
};
const BEHIND = ["\0service", "\0upstream", "\0server"];

/**
 * @typedef {{ number: number, time: number, kind: string, failed: boolean, source: string, targets: string[],
 *   clients: string[], label: string, text: string, answers: number, milliseconds: number, skipped?: number, isEarlier?: boolean }} Step
 */

/** @param {any[]} row as the kernel sends it @returns {Step} */
function step([number, time, kind, failed, source, targets, clients, label, text, answers, milliseconds]) {
  return { number, time, kind, failed, source, targets, clients, label, text, answers, milliseconds };
}

/** @param {Step} step @param {string} lane */
function laneName(step, lane) {
  if (LANES[lane]) return LANES[lane];
  return step.clients.filter((name) => name === lane || name.startsWith(`${lane}/`)).join(", ") || lane;
}

/** @param {Step} step who, to whom, and about whom */
function way(step) {
  const isBehind = [step.source, ...step.targets].every((lane) => BEHIND.includes(lane));
  const about = isBehind && step.clients.length ? ` (${step.clients.join(", ")})` : "";
  const targets = step.targets.map((lane) => laneName(step, lane)).join(" + ");
  return `${laneName(step, step.source)}${targets && ` → ${targets}`}${about}`;
}

/** @param {Step} step @param {number} zero the time of the first entry */
function since(step, zero) {
  const seconds = step.time - zero;
  return `${seconds.toFixed(seconds < 100 ? 2 : 0)} s`;
}

/** @param {Step} step */
function timed(step) {
  return step.answers && step.milliseconds ? `${step.label} · ${step.milliseconds.toFixed(0)} ms` : step.label;
}

/** @param {Step} step @param {number} zero */
function line(step, zero) {
  if (step.skipped) return `… ${step.skipped} ${step.isEarlier ? "earlier entries" : "entries came too fast to be shown"}`;
  return `${since(step, zero).padStart(8)}  ${step.failed ? "! " : ""}${way(step)}: ${timed(step)}`;
}

/**
 * The users by name, then who stands behind. Of too many, those who did most; the others share a lane.
 * @param {Step[]} steps
 */
function lanes(steps) {
  const times = new Map();
  for (const step of steps) {
    // Who acts, or is one of few that hear of it, counts for more than one of a crowd.
    const weight = 1 / Math.max(1, step.targets.length);
    for (const lane of [step.source, ...step.targets]) times.set(lane, (times.get(lane) ?? 0) + weight);
  }
  const users = [...times.keys()].filter((lane) => !BEHIND.includes(lane));
  const busiest = users.sort((a, b) => times.get(b) - times.get(a)).slice(0, MAX_USERS - (users.length > MAX_USERS));
  const others = users.length > MAX_USERS ? ["\0others"] : [];
  return [...busiest.sort(), ...others, ...BEHIND.filter((lane) => times.has(lane) || lane === "\0service")];
}

/**
 * Whom a step is about, where its arrow does not say it: behind the service, in the lane of the others, and which of
 * a user's connections.
 * @param {Step} step @param {string[]} names the lanes there are
 */
function about(step, names) {
  const ways = [step.source, ...step.targets];
  const isBehind = ways.every((lane) => BEHIND.includes(lane));
  const told = step.clients.filter((name) => isBehind || name.includes("/") || !names.includes(name));
  if (!told.length) return "";
  return ` · ${told.slice(0, 3).join(", ")}${told.length > 3 ? ` and ${told.length - 3} more` : ""}`;
}

/** @param {number} x @param {number} y @param {string} kind @param {string} text @param {number} room */
function words(x, y, kind, text, room = Infinity) {
  const letters = Math.max(4, Math.floor(room / 5.9));
  return draw("text", { x, y, class: kind }, text.length > letters ? `${text.slice(0, letters - 1)}…` : text);
}

/**
 * @param {Step} step @param {string[]} names @param {(lane: string) => number} place
 * @param {number} y @param {number} width
 */
function arrow(step, names, place, y, width) {
  const begin = place(step.source);
  const kind = `wpsin-${step.failed ? "failed" : step.kind}${step.answers ? " wpsin-answer" : ""}`;
  const style = step.failed ? "wpsin-bad" : "";
  const back = draw("rect", { class: "wpsin-band", x: 2, y: y - 21, width: width - 4, height: ROW - 2, rx: 3 });
  const parts = [back];
  if (!step.targets.length) {
    const text = [step.clients.join(", "), timed(step)].filter(Boolean).join(" ");
    const fits = begin + 12 + text.length * 5.9 < width;
    parts.push(draw("circle", { class: "wpsin-dot", cx: begin, cy: y - 4, r: 3.5 }));
    const [x, room, anchor] = fits ? [begin + 10, width, ""] : [begin - 10, begin - 14, " wpsin-end"];
    parts.push(words(x, y, style + anchor, text, room));
    return parts;
  }
  const ends = [...new Set(step.targets.map(place))];
  for (const end of ends) {
    const direction = end > begin ? 1 : -1;
    parts.push(draw("path", { class: `wpsin-arrow ${kind}`, d: `M${begin} ${y}H${end}` }));
    parts.push(draw("path", { class: `wpsin-head ${style}`, d: `M${end} ${y}l${-7 * direction} -3.5v7z` }));
  }
  const text = timed(step) + about(step, names);
  const half = Math.min(text.length * 2.95, width / 2 - 8);
  const middle = (Math.min(begin, ...ends) + Math.max(begin, ...ends)) / 2;
  const at = Math.min(Math.max(middle, half + 8), width - half - 8);
  parts.push(words(at, y - 5, `${style} wpsin-middle`, text, width - 16));
  return parts;
}

/** @param {Step[]} all @param {number} room pixels there are @param {number} selected */
function diagram(all, room, selected) {
  const steps = all.filter((each) => !each.skipped).slice(-DRAWN);
  const names = lanes(steps);
  const gap = Math.max(LANE, Math.min(190, (room - 130) / Math.max(1, names.length - 1)));
  const width = Math.round(gap * (names.length - 1) + 126);
  const height = ROW * steps.length + 8;
  const place = (lane) => 63 + gap * Math.max(0, names.indexOf(names.includes(lane) ? lane : "\0others"));
  const sheet = (high, kind) =>
    draw("svg", { viewBox: `0 0 ${width} ${high}`, width, height: high, class: kind, "aria-hidden": "true" });
  const head = sheet(30, "wpsin-lanes");
  const body = sheet(height, "");
  head.dataset.service = String(place("\0service"));
  for (const name of names) {
    const x = place(name);
    const wide = Math.min(122, gap - 6);
    const fitting = name === "\0server" && wide < 110 ? "app server" : (LANES[name] ?? name);
    body.append(draw("path", { class: "wpsin-lane", d: `M${x} 0V${height}` }));
    head.append(
      draw("path", { class: "wpsin-lane", d: `M${x} 26V30` }),
      draw("rect", { class: "wpsin-box", x: x - wide / 2, y: 4, width: wide, height: 22, rx: 4 }),
      words(x, 19, "wpsin-middle wpsin-strong", fitting, wide + 8),
    );
  }
  steps.forEach((each, row) => {
    const parts = arrow(each, names, place, ROW * (row + 1) - 4, width);
    const chosen = each.number === selected ? " wpsin-chosen" : "";
    body.append(draw("g", { class: `wpsin-step${chosen}`, "data-number": each.number }, ...parts));
  });
  return [head, body];
}
