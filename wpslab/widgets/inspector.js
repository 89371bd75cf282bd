// Inspector: what happened, entry by entry, as a list and as a sequence diagram.
// The kernel sends what is new and wanted as rows; this module draws them, and asks for one entry in full.

const KEPT = 400;
const KINDS = [
  ["", "everything"],
  ["message", "messages"],
  ["ack", "acks and replies of the service"],
  ["connection", "connections and groups"],
  ["rest", "REST calls"],
  ["upstream", "events and their answers"],
  ["failed", "failures"],
];

// The list

/** @param {Step} step @param {number} zero @param {string} id */
function option(step, zero, id) {
  if (step.skipped) return make("div", { class: "wpsin-gap", role: "presentation" }, line(step, zero));
  const sign = step.failed ? make("span", { class: "wpsin-sign" }, "! ") : "";
  const shown = step.text && step.text !== step.label ? step.text : "";
  const marks = { "data-kind": step.kind, "data-failed": step.failed };
  return make(
    "div",
    { class: "wpsin-row", role: "option", id, "aria-selected": "false", ...marks },
    make("span", { class: "wpsin-time" }, since(step, zero)),
    make("span", { class: "wpsin-way" }, way(step)),
    make("span", { class: "wpsin-label" }, sign, timed(step)),
    make("span", { class: "wpsin-text" }, shown),
  );
}

/** @param {string} label @param {HTMLElement} control */
const field = (label, control) => make("label", { class: "wpsin-field" }, make("span", {}, label), control);

/** @param {any} details as the kernel sends them */
function detailParts({ facts, frames, why }) {
  const list = facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]);
  const reason = why ? [make("p", { class: "wpsin-reason" }, why)] : [];
  return [...reason, ...frames.map((frame) => make("pre", {}, frame)), make("dl", {}, ...list)];
}

/** One view of an inspector. */
class View {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.id = Math.random().toString(36).slice(2);
    /** @type {Step[]} */
    this.steps = [];
    this.last = 0;
    this.all = 0;
    this.zero = 0;
    this.isGone = false;
    this.wanted = "";
    this.selected = 0;
    this.isList = true;
    this.due = 0;
    this.build(el);
    const draws = { status: "drawState", why: "drawState", error: "drawState", paused: "drawState" };
    Object.assign(draws, { waiting: "drawState", cleared: "drawCleared", filter: "drawFilter", users: "drawUsers" });
    this.listeners = Object.entries(draws).map(([trait, method]) => [`change:${trait}`, () => this[method]()]);
    this.listeners.push(["msg:custom", (content) => this.receive(content)]);
    for (const [event, listener] of this.listeners) model.on(event, listener);
    this.drawState();
    this.drawUsers();
    this.drawFilter();
    this.drawRows();
    this.leave = presence(model, this.root, this.id, (text) => {
      this.kernel.textContent = text;
      this.isGone = text !== "";
      this.drawState();
    });
    this.resized = new ResizeObserver(() => !this.isList && this.redrawSoon());
    this.resized.observe(this.root);
    send(model, { do: "all", view: this.id });
  }

  close() {
    for (const [event, listener] of this.listeners) this.model.off(event, listener);
    this.resized.disconnect();
    cancelAnimationFrame(this.due);
    this.leave();
  }

  build(el) {
    const { model } = this;
    const whose = model.get("connection_id") ? `connection ${model.get("connection_id")}` : "";
    const hub = model.get("hub") ? `hub ${model.get("hub")}` : whose ? "" : "all hubs";
    const where = [hub, whose].filter(Boolean).join(" · ");
    this.badge = make("span", { class: "wpsin-badge", role: "status" });
    const title = [make("strong", {}, "Inspector"), make("span", { class: "wpsin-where" }, where)];
    const head = make("div", { class: "wpsin-head" }, ...title, this.badge);
    this.why = make("p", { class: "wpsin-why" });
    this.error = make("p", { class: "wpsin-error", role: "alert" });
    this.kernel = make("p", { class: "wpsin-error", role: "alert" });
    this.count = make("p", { class: "wpsin-count" });
    const acts = { onclick: (event) => this.clicked(event), onkeydown: (event) => this.pressed(event), tabindex: "0" };
    this.list = make("div", { role: "listbox", "aria-label": "Entries", class: "wpsin-list", ...acts });
    const about = "Sequence diagram. The list has the same entries; the arrow keys go from one to the next.";
    this.diagram = make("div", { role: "img", "aria-label": about, class: "wpsin-diagram", ...acts });
    const named = { role: "region", "aria-label": "Entry", "aria-live": "polite" };
    this.details = make("div", { class: "wpsin-details", tabindex: "0", ...named });
    const root = { class: "wpsin", "aria-label": `Inspector of ${where}`, "data-lm-suppress-shortcuts": "true" };
    const boxes = [this.count, this.list, this.diagram, this.details];
    this.root = make("section", root, head, this.why, this.tools(), ...boxes, this.error, this.kernel);
    el.append(this.root);
    this.showView(true);
  }

  tools() {
    const act = (label, onclick) => make("button", { type: "button", onclick }, label);
    this.pauseButton = act("Pause", () => send(this.model, { do: this.model.get("paused") ? "resume" : "pause" }));
    this.copyButton = act("Copy as text", () => this.copy());
    this.listButton = act("List", () => this.showView(true));
    this.diagramButton = act("Diagram", () => this.showView(false));
    this.kind = make("select", { onchange: () => this.refilter() });
    this.kind.append(...KINDS.map(([value, name]) => make("option", { value }, name)));
    this.who = make("select", { onchange: () => this.refilter() });
    this.who.append(make("option", { value: "" }, "everyone"));
    const search = { type: "text", placeholder: "text", maxlength: "200", autocomplete: "off", spellcheck: "false" };
    this.words = make("input", { ...search, oninput: () => this.refilter() });
    const views = { class: "wpsin-views", role: "group", "aria-label": "View" };
    return make(
      "div",
      { class: "wpsin-tools" },
      make("span", views, this.listButton, this.diagramButton),
      this.pauseButton,
      act("Clear", () => send(this.model, { do: "clear" })),
      this.copyButton,
      field("Show", this.kind),
      field("Client", this.who),
      field("Text", this.words),
    );
  }

  // What comes from the kernel

  receive(content) {
    if (content.do === "rows" && (content.view ?? this.id) === this.id) this.add(content);
    if (content.do === "details" && content.view === this.id && content.number === this.selected) {
      this.details.replaceChildren(...detailParts(content));
    }
  }

  /** @param {{ rows: any[], skipped: number, all: number, zero: number, anew?: boolean }} content */
  add({ rows, skipped, all, zero, anew }) {
    if (anew) {
      this.steps = [];
      this.last = 0;
      for (const element of this.rows?.values() ?? []) element.remove();
      this.rows?.clear();
    }
    this.all = all;
    this.zero = zero;
    this.redrawSoon();
    const last = Math.max(this.last, this.model.get("cleared"));
    const fresh = rows.map(step).filter((each) => each.number > last);
    if (skipped && (fresh.length || !rows.length)) this.steps.push({ number: 0, skipped, isEarlier: anew });
    this.steps.push(...fresh);
    this.steps = this.steps.slice(-KEPT);
    if (fresh.length) this.last = fresh[fresh.length - 1].number;
  }

  drawCleared() {
    this.steps = this.steps.filter((each) => each.number > this.model.get("cleared"));
    this.selected = 0;
    this.all = 0;
    this.details.replaceChildren();
    this.redrawSoon();
  }

  drawState() {
    const get = (trait) => this.model.get(trait);
    const paused = get("paused") ? `‖ paused${get("waiting") ? ` · ${get("waiting")} new` : ""}` : "";
    const status = this.isGone && get("status") !== "closed" ? "gone" : get("status");
    const state = ["closed", "gone"].includes(status) || !paused ? BADGES[status] : paused;
    this.badge.dataset.state = status;
    if (this.badge.textContent !== state) this.badge.textContent = state;
    this.pauseButton.textContent = get("paused") ? "Resume" : "Pause";
    this.why.textContent = get("why");
    this.error.textContent = get("error");
  }

  // What is drawn

  redrawSoon() {
    if (this.due) return;
    this.due = requestAnimationFrame(() => {
      this.due = 0;
      this.drawRows();
    });
  }

  drawRows() {
    const { all } = this;
    const shown = this.steps.filter((each) => !each.skipped).length;
    const entries = all === 1 ? "entry" : "entries";
    const words_ = shown >= all ? `${all} ${entries}` : `${shown} of ${all} ${entries}`;
    const nothing = this.model.get("cleared") ? "Nothing happened since it was cleared." : "Nothing happened yet.";
    this.count.textContent = all === 0 ? nothing : shown ? words_ : `0 of ${all} ${entries}: none fits the filter.`;
    if (this.isList) this.drawList();
    else this.drawDiagram();
  }

  drawUsers() {
    const chosen = this.wanted ? this.who.value : this.model.get("filter").client;
    const users = this.model.get("users");
    const names = chosen && !users.includes(chosen) ? [...users, chosen] : users;
    this.who.replaceChildren(this.who.options[0], ...names.map((name) => make("option", { value: name }, name)));
    this.who.value = chosen;
  }

  /** Show the filter that another view or this one has set; who is typing is left alone. */
  drawFilter() {
    const { kind, client, words } = this.model.get("filter");
    // What was chosen here and is not done yet: an older answer must not undo it.
    if (this.wanted && this.wanted !== JSON.stringify([kind, client, words])) return;
    this.wanted = "";
    for (const [control, value] of [[this.kind, kind], [this.who, client], [this.words, words]]) {
      if (document.activeElement !== control) control.value = value;
    }
  }

  drawList() {
    const { list } = this;
    const wasAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
    const wanted = new Map(this.steps.map((each) => [each.skipped ? each : each.number, each]));
    this.rows ??= new Map();
    for (const [key, element] of this.rows) if (!wanted.has(key)) this.rows.delete(key) && element.remove();
    let before = null;
    for (const [key, each] of wanted) {
      let element = this.rows.get(key);
      if (!element) {
        element = option(each, this.zero, `${this.id}-${each.number}`);
        element.dataset.number = each.number;
        this.rows.set(key, element);
        if (before) before.after(element);
        else list.prepend(element);
      }
      before = element;
    }
    this.markSelected();
    if (wasAtEnd) list.scrollTop = list.scrollHeight;
  }

  drawDiagram() {
    const { diagram: box } = this;
    const wasAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 24;
    box.replaceChildren(...diagram(this.steps, box.clientWidth, this.selected));
    if (wasAtEnd) box.scrollTop = box.scrollHeight;
    if (!box.scrollLeft) box.scrollLeft = Number(box.firstElementChild.dataset.service) - box.clientWidth * 0.7;
  }

  markSelected() {
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    const element = this.rows?.get(this.selected);
    element?.setAttribute("aria-selected", "true");
    if (element) this.list.setAttribute("aria-activedescendant", element.id);
    else this.list.removeAttribute("aria-activedescendant");
    return element;
  }

  // What a reader does

  refilter() {
    const [kind, client, words] = [this.kind.value, this.who.value, this.words.value.toLowerCase()];
    this.wanted = JSON.stringify([kind, client, words]);
    send(this.model, { do: "filter", kind, client, words });
  }

  /** @param {boolean} isList */
  showView(isList) {
    this.isList = isList;
    this.list.hidden = !isList;
    this.diagram.hidden = isList;
    this.listButton.setAttribute("aria-pressed", String(isList));
    this.diagramButton.setAttribute("aria-pressed", String(!isList));
    this.drawRows();
    const box = isList ? this.list : this.diagram;
    if (this.selected) this.showSelected();
    else box.scrollTop = box.scrollHeight;
  }

  showSelected() {
    const element = this.isList ? this.markSelected() : this.diagram.querySelector(".wpsin-chosen");
    element?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  clicked(event) {
    const found = event.target.closest("[data-number]");
    if (found) this.select(Number(found.dataset.number));
  }

  pressed(event) {
    const steps = this.steps.filter((each) => !each.skipped).slice(this.isList ? 0 : -DRAWN);
    const at = steps.findIndex((each) => each.number === this.selected);
    const end = steps.length - 1;
    if (event.key === "Escape" && this.selected) return this.deselect();
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? end : at - 1, Home: 0, End: end }[event.key];
    if (to === undefined || !steps.length) return;
    event.preventDefault();
    this.select(steps[Math.max(0, Math.min(end, to))].number);
  }

  deselect() {
    this.selected = 0;
    this.details.replaceChildren();
    if (this.isList) this.markSelected();
    else this.drawDiagram();
  }

  /** @param {number} number */
  select(number) {
    this.selected = number;
    this.details.replaceChildren(make("p", { class: "wpsin-why" }, "…"));
    send(this.model, { do: "select", number, view: this.id });
    if (!this.isList) this.drawDiagram();
    this.showSelected();
  }

  async copy() {
    const text = this.steps.map((each) => line(each, this.zero)).join("\n");
    try {
      await navigator.clipboard.writeText(text);
      this.copyButton.textContent = "Copied";
      setTimeout(() => (this.copyButton.textContent = "Copy as text"), 2000);
    } catch {
      const area = make("textarea", { readonly: "", rows: "8", "aria-label": "The entries as text, to be copied" });
      area.value = text;
      this.details.replaceChildren(area);
      area.focus();
      area.select();
    }
  }
}

/** @param {RenderProps} props */
function render({ model, el }) {
  const view = new View(model, el);
  return () => view.close();
}

export default { render };
