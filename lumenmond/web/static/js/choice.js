// Which lines of a chart are drawn: the worst at first, then whatever was chosen, remembered here.

/** The most lines of a chart: each has a look of its own, and a request. */
export const MOST = 16;

/** The choice for one chart; ``key`` names host and chart. */
export class Choice {
  constructor(key, { metrics, first }) {
    this.key = `lines ${key}`;
    this.first = first;
    const there = new Set(metrics.map((each) => each.metric));
    const kept = this.#stored().filter((metric) => there.has(metric)).slice(0, MOST);
    this.shown = new Set(kept.length ? kept : first);
  }

  #stored() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key) ?? "[]");
      return Array.isArray(kept) ? kept : [];
    } catch {
      return []; // what is not ours is no choice, ignoring
    }
  }

  /** Whether another line can be drawn. */
  get full() {
    return this.shown.size >= MOST;
  }

  has(metric) {
    return this.shown.has(metric);
  }

  /** Draw a line, or draw it no more; returns whether that could be. */
  toggle(metric) {
    if (!this.shown.delete(metric)) {
      if (this.full) return false;
      this.shown.add(metric);
    }
    this.#keep();
    return true;
  }

  /** Draw again what was drawn at first. */
  reset() {
    this.shown = new Set(this.first);
    this.#keep();
  }

  #keep() {
    const same = this.shown.size === this.first.length && this.first.every((each) => this.has(each));
    try {
      if (same || !this.shown.size) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, JSON.stringify([...this.shown]));
    } catch {
      // A browser that keeps nothing forgets this too, ignoring.
    }
  }
}
