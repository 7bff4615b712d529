// "All values": every metric of a host, with its past in a sparkline or, for text, in a list.

import * as api from "./api.js";
import { arrange, foreign, h, setAttribute, setText, visible } from "./dom.js";
import { brief, count, duration, moment, quantity } from "./format.js";
import { isOld } from "./health.js";
import { bounds, sparkline } from "./spark.js";

const HOUR = 3600;
const SLOTS = 60;
const SPAN = 31536000 * 10;
const together = api.limiter(2);
const TITLES = ["metric", "value", "last hour", "type", "age", "kept", "samples", ""];

/** A metric's name, which breaks after an underscore where it has to. */
function breakable(name) {
  return name.split(/(?<=_)/).flatMap((part) => [part, h("wbr")]);
}

/** The table of an agent's values. */
export class Values {
  #rows = new Map();

  constructor(id, store) {
    this.id = id;
    this.store = store;
    this.filter = h("input", {
      type: "search", placeholder: "metric or value", "aria-label": "Filter values",
      autocomplete: "off", spellcheck: "false", oninput: () => this.#filter(),
    });
    this.found = h("span", { class: "dim" });
    this.body = h("tbody");
    this.table = h("table", { "divide-": "none", class: "values" },
      h("caption", { class: "hidden", text: "All values" }),
      h("thead", {}, h("tr", {}, ...TITLES.map((title) =>
        h("th", { scope: "col" }, title || h("span", { class: "hidden", text: "more" }))))), this.body);
    this.element = h("section", {
      class: "panel", "box-": "round", "shear-": "top", "aria-label": "All values",
    }, h("div", { class: "panel-title" }, h("h2", {}, "All values ", this.found),
      h("span", { class: "grow" }), h("label", { class: "prompt" }, this.filter)),
    h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "All values" }, this.table));
    this.sight = new IntersectionObserver((entries) => this.#sighted(entries), { rootMargin: "200px" });
    this.abort = new AbortController();
  }

  unmount() {
    this.sight.disconnect();
    this.abort.abort();
  }

  /** Show these metrics with their newest values. */
  metrics(metrics, latest) {
    for (const info of metrics) {
      const row = this.#rows.get(info.metric);
      if (!row) this.#add(info);
      else Object.assign(row.info, info);
      const there = row && info.stored !== false;
      if (there && row.waits && row.spark) this.sight.observe(row.element);
      if (there) row.waits = false;
    }
    for (const [metric, value] of Object.entries(latest)) this.#take(metric, value);
    arrange(this.body, [...this.#rows.keys()].sort().flatMap((metric) => {
      const { element, past } = this.#rows.get(metric);
      return past ? [element, past] : [element];
    }));
    this.#filter();
    this.tick();
  }

  #add(info) {
    const value = foreign("", { class: "clamp" });
    const cells = { value, age: h("td"), kept: h("td"), samples: h("td", { class: "number" }) };
    const row = { info: { ...info }, cells, recent: [], spark: null, past: null, element: null };
    const graph = h("td", { class: "graph" });
    const more = h("td");
    if (info.type === "TEXT") more.append(this.#historyButton(row));
    else {
      row.spark = sparkline(SLOTS);
      graph.append(row.spark.element);
      more.append(h("a", { class: "csv", text: "csv", "aria-label": `${info.metric} as CSV`,
        download: `${this.id}_${info.metric}.csv`, href: this.#csv(info) }));
    }
    row.element = h("tr", {}, h("th", { scope: "row" }, ...breakable(info.metric)),
      h("td", {}, value), graph,
      h("td", { class: "dim", text: info.type }), cells.age, cells.kept, cells.samples, more);
    row.element.dataset.metric = info.metric;
    this.#rows.set(info.metric, row);
    // What no database has yet has no past to ask for.
    row.waits = info.stored === false;
    if (row.spark && !row.waits) this.sight.observe(row.element);
  }

  #csv({ metric, first }) {
    const to = this.store.now();
    return api.csv(this.id, metric, { from: first ?? to - SPAN, to: to + 86400 });
  }

  #take(metric, { timestamp, interval, value, type, unit }) {
    if (!this.#rows.has(metric)) {
      this.#add({ metric, type, unit, samples: 0, first: timestamp, stored: false });
    }
    const row = this.#rows.get(metric);
    row.latest = { timestamp, interval, value };
    const text = type === "TEXT" ? visible(value) : quantity(value, unit);
    setText(row.cells.value, text);
    setAttribute(row.cells.value, "title", type === "TEXT" ? text : `${value} ${unit}`);
  }

  /** Take live samples. */
  samples(samples) {
    for (const [metric, timestamp, interval, value, type, unit] of samples) {
      const row = this.#rows.get(metric);
      if (row?.latest && row.latest.timestamp > timestamp) continue;
      this.#take(metric, { timestamp, interval, value, type, unit });
      if (row) {
        row.info.samples = (row.info.samples ?? 0) + 1;
        row.info.last = timestamp;
      }
    }
  }

  /** Bring ages and spans up to date. */
  tick() {
    const now = this.store.now();
    for (const { info, cells, latest } of this.#rows.values()) {
      const age = latest ? now - latest.timestamp : null;
      setText(cells.age, age === null ? "no data" : age < 1 ? "now" : brief(age));
      const late = isOld(latest, now);
      setAttribute(cells.age, "data-level", late ? "warn" : null);
      setAttribute(cells.value, "data-old", late ? "" : null);
      const kept = info.first == null ? "–" : duration((info.last ?? now) - info.first);
      setText(cells.kept, kept);
      setText(cells.samples, info.samples == null ? "–" : count(info.samples));
    }
  }

  #filter() {
    const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [metric, { element, past, cells }] of this.#rows) {
      const text = `${metric} ${cells.value.textContent}`.toLowerCase();
      const fits = words.every((word) => text.includes(word));
      element.hidden = !fits;
      if (past) past.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    const all = this.#rows.size;
    setText(this.found, shown === all ? count(all) : `${count(shown)} of ${count(all)}`);
  }

  #sighted(entries) {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      this.sight.unobserve(target);
      this.#loadSpark(this.#rows.get(target.dataset.metric));
    }
  }

  async #loadSpark(row) {
    const to = this.store.now();
    const span = { from: to - HOUR, to, points: SLOTS };
    const { signal } = this.abort;
    try {
      const answer = await together(() => api.series(this.id, row.info.metric, span, signal));
      const slots = new Array(SLOTS).fill(null);
      const held = row.latest?.interval === 0 ? HOUR : row.latest?.interval; // 0: until the next
      const apart = Math.max(held || 1, answer.step);
      const width = Math.max(1, Math.ceil(apart / (HOUR / SLOTS)));
      for (const [time, , , mean] of answer.points) {
        const slot = Math.floor(((time - span.from) / HOUR) * SLOTS);
        for (let at = slot; at < Math.min(SLOTS, slot + width); at += 1) if (at >= 0) slots[at] = mean;
      }
      row.spark.draw(slots, ...bounds(slots, row.info.unit));
    } catch {
      // A sparkline that is missing is no more than that, ignoring.
    }
  }

  #historyButton(row) {
    const button = h("button", {
      type: "button", class: "action small", "aria-expanded": "false", text: "history",
      "aria-label": `History of ${row.info.metric}`,
    });
    button.addEventListener("click", async () => {
      const closed = row.past === null;
      setAttribute(button, "aria-expanded", String(closed));
      row.past?.remove();
      row.past = null;
      if (closed) await this.#showHistory(row);
    });
    return button;
  }

  async #showHistory(row) {
    const list = h("ol", { class: "history" }, h("li", { class: "dim", text: "…" }));
    row.past = h("tr", { class: "past" }, h("td", { colspan: String(TITLES.length) }, list));
    row.element.after(row.past);
    try {
      const history = await api.history(this.id, row.info.metric, this.abort.signal);
      const entries = history.toSorted((a, b) => b[0] - a[0]).map(([time, , value]) =>
        h("li", {}, h("time", { text: moment(time) }), " ", foreign(value)));
      list.replaceChildren(...(entries.length ? entries : [h("li", { class: "dim", text: "nothing kept" })]));
    } catch (failure) {
      list.replaceChildren(h("li", { class: "error", text: visible(failure.message) }));
    }
  }
}
