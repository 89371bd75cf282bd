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
 *   clients: string[], label: string, text: string, answers: number, milliseconds: number, skipped?: number }} Step
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

/** @param {Step} step @param {Step[]} steps */
function since(step, steps) {
  const seconds = step.time - (steps.find((each) => !each.skipped)?.time ?? step.time);
  return `${seconds.toFixed(seconds < 100 ? 2 : 0)} s`;
}

/** @param {Step} step */
function timed(step) {
  return step.answers && step.milliseconds ? `${step.label} · ${step.milliseconds.toFixed(0)} ms` : step.label;
}

/** @param {Step} step @param {Step[]} steps */
function line(step, steps) {
  if (step.skipped) return `… ${step.skipped} entries came too fast to be shown`;
  return `${since(step, steps).padStart(8)}  ${step.failed ? "! " : ""}${way(step)}: ${timed(step)}`;
}

/** @param {Step[]} steps users by name, at most MAX_USERS, then who stands behind */
function lanes(steps) {
  const used = new Set(steps.flatMap((step) => [step.source, ...step.targets]));
  const users = [...used].filter((lane) => !BEHIND.includes(lane)).sort();
  const shown = users.length > MAX_USERS ? [...users.slice(0, MAX_USERS - 1), "\0others"] : users;
  return [...shown, ...BEHIND.filter((lane) => used.has(lane) || lane === "\0service")];
}

/** @param {number} x @param {number} y @param {string} kind @param {string} text @param {number} room */
function words(x, y, kind, text, room = Infinity) {
  const letters = Math.max(4, Math.floor(room / 5.9));
  return draw("text", { x, y, class: kind }, text.length > letters ? `${text.slice(0, letters - 1)}…` : text);
}

/** @param {Step} step @param {(lane: string) => number} place @param {number} y @param {number} width */
function arrow(step, place, y, width) {
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
  const isBehind = [step.source, ...step.targets].every((lane) => BEHIND.includes(lane));
  const text = timed(step) + (isBehind && step.clients.length ? ` · ${step.clients.join(", ")}` : "");
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
    const parts = arrow(each, place, ROW * (row + 1) - 4, width);
    const chosen = each.number === selected ? " wpsin-chosen" : "";
    body.append(draw("g", { class: `wpsin-step${chosen}`, "data-number": each.number }, ...parts));
  });
  return [head, body];
}
