// One chart: its lines, the legend that says their values, and what a pointer does to it.

import { arrange, h, setAttribute, setText, svg, visible } from "./dom.js";
import { quantity } from "./format.js";
import { label } from "./groups.js";
import { Picker } from "./picker.js";
import { colours, dash, settings } from "./plot.js";
import { Series } from "./series.js";

const LEAST_DRAG = 6; // pixels: less is a click

/** A chart of one group and unit. ``choice`` says which lines are drawn, ``cross`` is shared by all
 * of a page, ``on`` gets its events. */
export class Panel {
  chart = null;
  state = "waiting";
  seen = false;
  #made = new Map();

  constructor(spec, choice, cross, on) {
    Object.assign(this, spec);
    this.choice = choice;
    this.cross = cross;
    this.on = on;
    this.colours = colours();
    this.legend = h("ul", { class: "legend-lines", "aria-label": `Lines of ${this.title}` });
    this.picker = this.metrics.length > this.first.length && new Picker(this, () => this.#chosen());
    this.#list();
    this.canvas = h("canvas", {
      role: "img", tabindex: "0", "aria-label": `${this.title}: chart. Arrow keys move the crosshair.`,
    });
    this.note = h("p", { class: "plot-note", text: "…" });
    this.plot = h("div", { class: "plot" }, this.canvas, this.note);
    const kind = this.small ? "panel chart small" : "panel chart";
    this.element = h("figure", { class: kind, "box-": "round", "shear-": "top" },
      h("figcaption", { class: "panel-title" }, h("h3", {},
        visible(this.title), this.suffix && h("span", { class: "dim", text: ` ${this.suffix}` }))),
      h("div", { class: "legend" }, this.legend, this.picker && this.picker.element), this.plot);
    this.#listen();
  }

  /** The lines of the legend: all, or those that are chosen where there are many. */
  #list() {
    const listed = this.picker ? this.metrics.filter((each) => this.choice.has(each.metric)) : this.metrics;
    const names = new Set(listed.map((each) => each.metric));
    for (const metric of [...this.#made.keys()]) if (!names.has(metric)) this.#made.delete(metric);
    this.lines = listed.map((each) => this.#made.get(each.metric) ?? this.#line(each));
    arrange(this.legend, this.lines.map((line) => line.entry));
  }

  #chosen() {
    this.#list();
    this.on.load(this);
  }

  /** The first look that no other line has: lines differ by more than their colour. */
  #free() {
    const taken = new Set([...this.#made.values()].map((line) => line.index));
    let index = 0;
    while (taken.has(index)) index += 1;
    return index;
  }

  #line({ metric, unit, interval }) {
    const index = this.#free();
    const value = h("span", { class: unit.endsWith("/s") ? "legend-value rate" : "legend-value" });
    const swatch = svg("svg", { viewBox: "0 0 20 8", class: "swatch", "aria-hidden": "true" },
      svg("line", { x1: 0, x2: 20, y1: 4, y2: 4, "stroke-dasharray": dash(index).join(" ") }));
    swatch.style.stroke = this.colours.lines[index % 8];
    const button = h("button", {
      type: "button", class: "legend-entry", title: metric,
      "aria-pressed": String(this.choice.has(metric)),
    }, swatch, h("span", { class: "legend-name", text: label(metric, this.group) }), value);
    const line = {
      metric, unit, index, value, button, swatch, series: new Series(metric, interval),
      entry: h("li", {}, button),
    };
    this.#made.set(metric, line);
    button.addEventListener("click", () => this.#toggle(line));
    for (const kind of ["pointerenter", "focus"]) button.addEventListener(kind, () => this.#lift(line));
    for (const kind of ["pointerleave", "blur"]) button.addEventListener(kind, () => this.#lift(null));
    return line;
  }

  #toggle(line) {
    this.choice.toggle(line.metric);
    setAttribute(line.button, "aria-pressed", String(this.choice.has(line.metric)));
    if (this.picker) this.picker.update();
    this.on.load(this);
  }

  #lift(line) {
    this.lifted = line;
    this.draw();
  }

  /** The lines that are drawn, and so loaded. */
  get drawn() {
    return this.lines.filter((line) => this.choice.has(line.metric));
  }

  /** Say in place of lines what is the matter: nothing, or an error's text. */
  say(text) {
    setText(this.note, text);
    this.note.hidden = !text;
  }

  /** Bring the chart to what the lines hold. */
  draw(range = this.range) {
    this.range = range;
    if (!this.chart || !range || !this.seen) return;
    const { chart } = this;
    chart.data.datasets = this.drawn.map((line) => this.#dataset(line));
    const { x, y } = chart.options.scales;
    Object.assign(y, this.#bounds(range));
    x.min = range.from;
    x.max = range.to;
    for (const axis of [x, y]) {
      axis.grid.color = this.colours.grid;
      axis.ticks.color = this.colours.text;
    }
    chart.update("none");
    if (this.state === "ready") {
      const some = this.drawn.some(({ series }) => series.isWithin(range.from, range.to));
      this.say(some ? "" : "no data in this range");
    }
    this.readout();
  }

  /** What the band reaches belongs into the chart too. */
  #bounds({ from, to }) {
    let [low, high] = [Infinity, this.ceiling ?? -Infinity];
    for (const { series } of this.drawn) {
      series.points.forEach(([time, , min, , max], index) => {
        // The last one before the chart is drawn into it.
        if (time > to || (series.points[index + 1]?.[0] ?? Infinity) < from) return;
        low = Math.min(low, min);
        high = Math.max(high, max);
      });
    }
    return high === -Infinity ? {} : { suggestedMin: low, suggestedMax: high === low ? high + 1 : high };
  }

  #dataset({ series, index, metric }) {
    const { from, to } = this.range;
    const data = series.drawn(Math.min(to, this.on.now()));
    const sparse = series.isSparse(to - from);
    const faded = Boolean(this.lifted) && this.lifted.metric !== metric;
    const colour = this.colours.lines[index % 8];
    const dotted = ({ y, held }, at) => (sparse && y !== null && !held) || single(data, at);
    return {
      data, banded: series.banded, faded, borderColor: faded ? `${colour}40` : colour,
      borderDash: dash(index), borderWidth: this.lifted && !faded ? 2.5 : 1.5,
      pointRadius: data.map((point, at) => (dotted(point, at) ? 2 : 0)), stepped: sparse,
      pointBackgroundColor: colour,
      fill: this.drawn.length === 1 && !series.banded ? "origin" : false,
      backgroundColor: `${colour}26`,
    };
  }

  /** Make the chart, once it is in sight and Chart.js is there. */
  create(Chart) {
    this.chart ??= new Chart(this.canvas, settings(this));
  }

  destroy() {
    this.chart?.destroy();
    this.chart = null;
  }

  /** Take the theme's colours anew. */
  recolour() {
    this.colours = colours();
    for (const line of this.lines) line.swatch.style.stroke = this.colours.lines[line.index % 8];
    this.draw();
  }

  /** The points at a time, one of each line that has one. */
  dots(time) {
    return this.drawn.flatMap((line) => {
      const point = line.series.near(time);
      return point ? [{ point, colour: this.colours.lines[line.index % 8] }] : [];
    });
  }

  /** Show the crosshair and its values without laying out the chart again. */
  readout() {
    const { time } = this.cross;
    for (const line of this.lines) {
      const { points } = line.series;
      const point = time === null ? points.at(-1) : line.series.near(time);
      const shown = this.choice.has(line.metric);
      // The range is said where there is room for it: a legend that wraps would move the chart.
      const whole = time !== null && this.drawn.length === 1;
      setText(line.value, shown && point ? reading(point, line.unit, whole) : "");
    }
  }

  #listen() {
    const { canvas } = this;
    let start = null;
    const timeAt = (event) => {
      const x = this.chart?.scales.x;
      if (!x) return null;
      const at = event.clientX - canvas.getBoundingClientRect().left;
      return Math.min(x.max, Math.max(x.min, x.getValueForPixel(at)));
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      start = { x: event.clientX, time: timeAt(event) };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const time = timeAt(event);
      const far = start && Math.abs(event.clientX - start.x) >= LEAST_DRAG;
      this.on.point(time, far ? [start.time, time].sort((a, b) => a - b) : null);
    });
    canvas.addEventListener("pointerup", (event) => {
      const far = start && Math.abs(event.clientX - start.x) >= LEAST_DRAG;
      const from = start?.time;
      start = null;
      this.on.point(timeAt(event), null);
      if (far) this.on.zoom(...[from, timeAt(event)].sort((a, b) => a - b));
    });
    canvas.addEventListener("pointercancel", () => {
      start = null;
      this.on.point(null, null);
    });
    canvas.addEventListener("pointerleave", () => !start && this.on.point(null, null));
    canvas.addEventListener("dblclick", () => this.on.reset());
    canvas.addEventListener("blur", () => this.on.point(null, null));
    canvas.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    const x = this.chart?.scales.x;
    if (!(event.key in steps) || event.shiftKey || !x) return;
    event.preventDefault();
    event.stopPropagation();
    const step = (x.max - x.min) / 100;
    const time = (this.cross.time ?? x.max) + steps[event.key] * step;
    this.on.point(Math.min(x.max, Math.max(x.min, time)), null, this);
  }

  /** The values at the crosshair in a sentence, for a screen reader. */
  sentence() {
    return this.drawn.map((line) =>
      `${label(line.metric, this.group)} ${line.value.textContent || "no value"}`).join(", ");
  }
}

function reading([, count, min, mean, max], unit, whole) {
  const text = quantity(mean, unit);
  return whole && count > 1 && max > min
    ? `${text} (${quantity(min, unit)} – ${quantity(max, unit)})` : text;
}

/** Whether a point is joined to no other. */
function single(data, at) {
  const other = (point) => point && point.y !== null && !point.held;
  return Boolean(other(data[at])) && !other(data[at - 1]) && !other(data[at + 1]);
}
