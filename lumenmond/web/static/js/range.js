// The stretch of time that is shown, in the address and on the charts' axes. Pure.

import { moment } from "./format.js";
import { clockTicks, dayTicks } from "./zone.js";

/** The ranges that follow the clock: name, seconds, and how it is read out. */
export const RANGES = [
  ["5m", 300, "5 minutes"], ["1h", 3600, "1 hour"], ["24h", 86400, "24 hours"],
  ["7d", 604800, "7 days"], ["30d", 2592000, "30 days"], ["1y", 31536000, "1 year"],
];
const LEAST = 10; // seconds that a zoom shows at least
const MOST = 10 * 31536000;
const DAY = 86400;
const MONTH = 30 * DAY; // as a step: from the first of one month to that of the next
const YEAR = 365 * DAY;
const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
  DAY, 2 * DAY, 7 * DAY, 14 * DAY, MONTH, 3 * MONTH, 6 * MONTH, YEAR, 2 * YEAR, 5 * YEAR,
];

/** A range by its name, or a stretch between two times. */
export class Range {
  constructor({ name = "", from = 0, to = 0 }) {
    this.name = name;
    this.from = from;
    this.to = to;
  }

  /** Read it from an address; the last hour when there is none. */
  static read(query) {
    const from = Number(query.get("from"));
    const to = Number(query.get("to"));
    if (from > 0 && to > from) return new Range({ from, to });
    const name = query.get("range");
    return new Range({ name: RANGES.some(([each]) => each === name) ? name : "1h" });
  }

  /** Whether it follows the clock. */
  get live() {
    return this.name !== "";
  }

  get span() {
    return this.live ? RANGES.find(([name]) => name === this.name)[1] : this.to - this.from;
  }

  /** Its two ends at the time ``now``. */
  at(now) {
    if (!this.live) return { from: this.from, to: this.to };
    const to = Math.floor(now);
    return { from: to - this.span, to };
  }

  /** For the address of the page. */
  query() {
    return this.live ? `range=${this.name}` : `from=${Math.floor(this.from)}&to=${Math.ceil(this.to)}`;
  }

  /** The same middle, ``factor`` times as long; never beyond ``now``. */
  zoomed(factor, now) {
    const { from, to } = this.at(now);
    const span = Math.min(MOST, Math.max(LEAST, (to - from) * factor));
    const end = this.live ? to : Math.min(now, (from + to) / 2 + span / 2);
    return new Range({ from: Math.floor(end - span), to: Math.ceil(end) });
  }

  /** Moved by ``share`` of its length; never beyond ``now``. */
  moved(share, now) {
    const { from, to } = this.at(now);
    const end = Math.min(now, to + (to - from) * share);
    return new Range({ from: Math.floor(end - (to - from)), to: Math.ceil(end) });
  }

  /** In words. */
  text() {
    if (this.live) return RANGES.find(([name]) => name === this.name)[2];
    return `${moment(this.from)} – ${moment(this.to)}`;
  }
}

/** Times for the ticks of an axis, about ``most`` of them, and the step between them. */
export function timeTicks(from, to, most) {
  const least = (to - from) / Math.max(1, most);
  const step = STEPS.find((each) => each >= least) ?? STEPS.at(-1);
  const times = step < DAY ? clockTicks(from, to, step) : dayTicks(from, to, step);
  return { times, step };
}
