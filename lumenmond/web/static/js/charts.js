// All charts of a host: loaded as they come into sight, moved by live samples, one crosshair.

import * as api from "./api.js";
import { Choice } from "./choice.js";
import { announce, arrange, h, onceAFrame, visible } from "./dom.js";
import { moment } from "./format.js";
import { charts } from "./groups.js";
import { Panel } from "./panel.js";
import { loadChart } from "./plot.js";

const POINTS = 600; // the most points of a line
const together = api.limiter(4);

/** The charts of the agent ``id``. ``zoom(from, to)`` and ``reset()`` are asked of the page. */
export class Charts {
  cross = { time: null, selection: null };
  panels = [];

  constructor(id, store, { zoom, reset }) {
    this.id = id;
    this.store = store;
    this.large = h("div", { class: "charts" });
    this.small = h("div", { class: "charts" });
    this.element = h("div", {}, this.large, this.small);
    this.sight = new IntersectionObserver((entries) => this.#sighted(entries), { rootMargin: "200px" });
    this.redraw = onceAFrame(() => this.#drawAll());
    this.recross = onceAFrame(() => this.#drawCross());
    this.on = {
      zoom, reset, load: (panel) => this.#load(panel), now: () => this.store.now(),
      latest: (metric) => this.store.agents.get(id)?.latest[metric]?.value,
      point: (time, selection, panel) => this.#point(time, selection, panel),
    };
    this.theme = matchMedia("(prefers-color-scheme: dark)");
    // After the page itself has taken the other theme.
    this.recolour = () => setTimeout(() => this.panels.forEach((panel) => panel.recolour()));
    this.theme.addEventListener("change", this.recolour);
  }

  unmount() {
    this.theme.removeEventListener("change", this.recolour);
    this.sight.disconnect();
    this.abort?.abort();
    for (const panel of this.panels) panel.destroy();
  }

  /** Show these metrics; charts that are there already stay. */
  metrics(metrics, latest) {
    const known = new Map(this.panels.map((panel) => [panel.key, panel]));
    const same = (panel, spec) => panel && panel.metrics.length === spec.metrics.length;
    this.panels = charts(metrics, latest).map((spec) => {
      const panel = known.get(spec.key);
      if (same(panel, spec)) return panel;
      panel?.destroy();
      for (const each of spec.metrics) each.interval = latest[each.metric]?.interval ?? 0;
      const made = new Panel(spec, new Choice(`${this.id} ${spec.key}`, spec), this.cross, this.on);
      this.sight.observe(made.element);
      made.seen = panel?.seen ?? false;
      return made;
    });
    const of = (small) => this.panels.filter((panel) => panel.small === small);
    arrange(this.large, of(false).map((panel) => panel.element));
    arrange(this.small, of(true).map((panel) => panel.element));
  }

  /** Show another range: all that is in sight is loaded anew, the rest when it comes there. */
  show(range) {
    this.range = range;
    this.abort?.abort();
    this.abort = new AbortController();
    for (const panel of this.panels) {
      panel.state = "waiting";
      if (panel.seen) this.#load(panel);
    }
  }

  #sighted(entries) {
    for (const { target, isIntersecting } of entries) {
      const panel = this.panels.find((each) => each.element === target);
      if (!panel) continue;
      panel.seen = isIntersecting;
      if (isIntersecting && panel.state === "waiting") this.#load(panel);
      else if (isIntersecting) panel.draw(this.#ends());
    }
  }

  #ends() {
    return this.range.at(this.store.now());
  }

  async #load(panel) {
    if (!this.range) return;
    const { signal } = this.abort;
    panel.state = "loading";
    try {
      const Chart = await loadChart();
      const ends = this.#ends();
      const points = Math.min(POINTS, Math.max(120, panel.plot.clientWidth));
      const answers = await Promise.all(panel.drawn.map((line) => together(async () => [
        line, await api.series(this.id, line.metric, { ...ends, points }, signal)])));
      for (const [line, answer] of answers) line.series.load(answer);
      panel.state = "ready";
      panel.create(Chart);
      panel.draw(this.#ends());
    } catch (failure) {
      if (failure.name === "AbortError") return;
      panel.state = "waiting";
      panel.say(`not loaded: ${visible(failure.message)}`);
    }
  }

  /** Take live samples. */
  samples(samples) {
    if (!this.range?.live) return;
    const { from } = this.#ends();
    for (const [metric, timestamp, interval, sent] of samples) {
      const value = typeof sent === "bigint" ? Number(sent) : sent;
      if (typeof value !== "number" || timestamp < from) continue;
      for (const panel of this.panels) {
        const line = panel.state === "ready" && panel.drawn.find((each) => each.metric === metric);
        if (line) line.series.add(timestamp, value, interval);
      }
    }
    this.redraw();
  }

  /** Move on with the clock. */
  tick() {
    if (this.range?.live && !this.cross.selection) this.redraw();
  }

  #drawAll() {
    if (!this.range) return;
    const ends = this.#ends();
    for (const panel of this.panels) {
      if (panel.state !== "ready" || !panel.seen) continue;
      if (this.range.live) for (const line of panel.drawn) line.series.trim(ends.from);
      panel.draw(ends);
    }
  }

  #point(time, selection, spoken) {
    this.cross.time = time;
    this.cross.selection = selection;
    this.spoken = spoken;
    this.recross();
  }

  #drawCross() {
    for (const panel of this.panels) {
      panel.readout();
      if (panel.seen) panel.chart?.draw();
    }
    if (!this.spoken || this.cross.time === null) return;
    clearTimeout(this.saying);
    const { spoken, cross } = this;
    this.saying = setTimeout(() => announce(`${moment(cross.time)}: ${spoken.sentence()}`), 300);
  }
}
