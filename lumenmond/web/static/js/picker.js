// Choosing among many lines of a chart: a list to search, the worst first.

import { MOST } from "./choice.js";
import { h, setText, visible } from "./dom.js";
import { count, quantity } from "./format.js";
import { label } from "./groups.js";

/** The list for a panel; ``changed()`` is called when another choice was made. */
export class Picker {
  #rows = [];

  constructor(panel, changed) {
    this.panel = panel;
    this.changed = changed;
    this.search = h("input", {
      type: "search", placeholder: "name", "aria-label": `Search the lines of ${panel.title}`,
      autocomplete: "off", spellcheck: "false", oninput: () => this.#filter(),
    });
    this.note = h("span", { class: "dim", role: "status" });
    this.list = h("ul", { class: "picker-list" });
    this.summary = h("summary", { class: "toggle" });
    this.element = h("details", { class: "picker" }, this.summary,
      h("div", { class: "picker-body" },
        h("div", { class: "picker-head" }, this.search,
          h("button", { type: "button", class: "action small", text: "worst first", onclick: () => this.#reset() }),
          this.note),
        this.list));
    this.element.addEventListener("toggle", () => this.element.open && this.#open());
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("focusout", (event) => {
      // Only a place elsewhere: a click on what takes no focus leaves it open.
      if (event.relatedTarget && !this.element.contains(event.relatedTarget)) this.element.open = false;
    });
    this.update();
  }

  /** Say how many lines are not drawn. */
  update() {
    const { metrics, choice } = this.panel;
    setText(this.summary, `${count(metrics.length - choice.shown.size)} more`);
    setText(this.note, choice.full ? `${MOST} lines at most` : "");
    for (const { metric, box } of this.#rows) {
      box.checked = choice.has(metric);
      box.disabled = choice.full && !box.checked;
    }
  }

  #open() {
    const { metrics, group, unit, on } = this.panel;
    this.#rows = metrics.map(({ metric }) => {
      const box = h("input", { type: "checkbox", onchange: () => this.#toggle(metric) });
      const name = label(metric, group);
      const element = h("li", {}, h("label", { title: metric }, box,
        h("span", { class: "legend-name", text: visible(name) }),
        h("span", { class: "legend-value", text: quantity(on.latest(metric), unit) })));
      return { metric, box, element, text: `${metric} ${name}`.toLowerCase() };
    });
    this.list.replaceChildren(...this.#rows.map((row) => row.element));
    this.#filter();
    this.update();
    this.search.focus();
  }

  #filter() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const { element, text } of this.#rows) element.hidden = !words.every((word) => text.includes(word));
  }

  #toggle(metric) {
    this.panel.choice.toggle(metric);
    this.update();
    this.changed();
  }

  #reset() {
    this.panel.choice.reset();
    this.update();
    this.changed();
  }

  #key(event) {
    event.stopPropagation(); // the page's keys are not meant
    if (event.key !== "Escape" || !this.element.open) return;
    event.preventDefault();
    this.element.open = false;
    this.summary.focus();
  }
}
