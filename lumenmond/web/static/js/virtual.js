// A long list of which only the part in sight is in the page. The window scrolls, not a box.

import { arrange } from "./dom.js";

const OVERSCAN = 400; // pixels above and below the sight that are kept

/**
 * Shows ``items``, each with a ``key`` and a height. ``make(item)`` returns a part:
 * ``{element, update(item)}``. Parts in sight are kept in the order of the items.
 */
export class VirtualList {
  #items = [];
  #tops = [];
  #parts = new Map();
  #shown = [];

  constructor(box, make) {
    this.box = box;
    this.make = make;
  }

  /** Show these items; ``measure(item)`` says their height, ``columns`` how many stand abreast. */
  set(items, measure, columns = 1) {
    this.#items = items;
    this.#tops = [];
    let top = 0;
    let column = 0;
    let height = 0;
    for (const item of items) {
      const wide = item.agent === undefined;
      if (column > 0 && (wide || column >= columns)) {
        top += height;
        column = 0;
      }
      height = measure(item);
      this.#tops.push({ top, column, height, wide });
      column += 1;
      if (wide) {
        top += height;
        column = 0;
      }
    }
    this.height = top + (column > 0 ? height : 0);
    this.box.style.height = `${this.height}px`;
    this.render();
  }

  /** Put the parts in sight into the page and bring them up to date. */
  render() {
    const offset = this.box.getBoundingClientRect().top;
    const from = -offset - OVERSCAN;
    const to = -offset + innerHeight + OVERSCAN;
    const shown = [];
    const focused = document.activeElement?.closest?.("[data-key]")?.dataset.key;
    for (let index = this.#first(from); index < this.#items.length; index += 1) {
      if (this.#tops[index].top > to) break;
      shown.push(index);
    }
    // What has the focus stays, wherever the window scrolls.
    const held = focused === undefined ? -1 : this.#items.findIndex((each) => each.key === focused);
    if (held >= 0 && !shown.includes(held)) held < shown[0] ? shown.unshift(held) : shown.push(held);
    this.#place(shown);
  }

  #first(from) {
    let low = 0;
    let high = this.#tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#tops[middle].top + this.#tops[middle].height < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #place(shown) {
    const keys = new Set(shown.map((index) => this.#items[index].key));
    const had = document.activeElement;
    for (const key of this.#parts.keys()) if (!keys.has(key)) this.#parts.delete(key);
    arrange(this.box, shown.map((index) => this.#part(index).element));
    this.#shown = shown;
    // Moving an element in the page takes its focus.
    if (had && had !== document.activeElement && had.isConnected) had.focus({ preventScroll: true });
  }

  #part(index) {
    const item = this.#items[index];
    const { top, column, wide } = this.#tops[index];
    let part = this.#parts.get(item.key);
    if (!part) {
      part = this.make(item);
      part.element.dataset.key = item.key;
      this.#parts.set(item.key, part);
    }
    if (part.top !== top || part.column !== column) {
      part.top = top;
      part.column = column;
      part.element.style.setProperty("--top", `${top}px`);
      part.element.style.setProperty("--column", wide ? 0 : column);
    }
    part.element.setAttribute("aria-rowindex", index + 2);
    part.update(item);
    return part;
  }

  /** Bring the parts in sight up to date without looking where they are. */
  refresh() {
    for (const index of this.#shown) {
      const item = this.#items[index];
      if (item) this.#parts.get(item.key)?.update(item);
    }
  }

  /** The part of a key, when it is in the page. */
  part(key) {
    return this.#parts.get(key);
  }

  /** Scroll until the item of this place is in sight, clear of the ``margin`` at the top. */
  reveal(index, margin) {
    const place = this.#tops[index];
    if (!place) return;
    const top = this.box.getBoundingClientRect().top + place.top;
    if (top < margin) scrollBy({ top: top - margin, behavior: "instant" });
    else if (top + place.height > innerHeight - 30) {
      scrollBy({ top: top + place.height - innerHeight + 30, behavior: "instant" });
    }
    this.render();
  }
}
