// The points of one metric as they are drawn: loaded once, then kept current by live samples.

const FEW = 40; // samples of which each is shown
const GAP = 3; // steps or intervals without a point that make a gap

/** Points ``[timestamp, count, min, mean, max, interval]`` in rising order; an interval that is no
 * longer known is null, one of 0 holds until the next point. */
export class Series {
  points = [];
  step = 1;
  source = "raw";

  constructor(metric, interval) {
    this.metric = metric;
    this.interval = interval;
  }

  /** Take what the API answered. */
  load({ points, intervals, step, source }) {
    const number = (value) => (typeof value === "bigint" ? Number(value) : value);
    this.points = points.map((point, index) => [...point.map(number), intervals[index]]);
    this.step = Math.max(1, step || 1);
    this.source = source;
  }

  /** Take one live sample; an older one goes where it belongs. */
  add(timestamp, value, interval) {
    const points = this.points;
    let at = points.length;
    while (at > 0 && points[at - 1][0] > timestamp) at -= 1;
    const last = points[at - 1];
    if (last && last[0] === timestamp && last[1] === 1) {
      points[at - 1] = [timestamp, 1, value, value, value, interval];
    } else if (last && timestamp < last[0] + this.step) {
      const [start, count, min, mean, max] = last;
      points[at - 1] = [
        start, count + 1, Math.min(min, value), mean + (value - mean) / (count + 1),
        Math.max(max, value), interval,
      ];
    } else {
      points.splice(at, 0, [timestamp, 1, value, value, value, interval]);
    }
  }

  /** Forget what lies before ``from``, but for the last point there, from which a line comes in. */
  trim(from) {
    let first = 0;
    while (first + 1 < this.points.length && this.points[first + 1][0] < from) first += 1;
    if (first > 0) this.points.splice(0, first);
  }

  /** How far the next point may lie from this one and still be joined, in seconds. */
  #reach(index) {
    const interval = this.points[index][5] ?? Math.max(this.interval, this.#usual(index));
    return interval === 0 ? Infinity : GAP * Math.max(this.step, interval);
  }

  /** How far points lie apart around one: what their interval was is not kept for ever. */
  #usual(index) {
    const around = this.points.slice(Math.max(0, index - 4), index + 6);
    const apart = around.slice(1).map((point, at) => point[0] - around[at][0]);
    return apart.sort((a, b) => a - b)[(apart.length - 1) >> 1] ?? 0;
  }

  /** Until when a point's value holds: for its interval, but not beyond the next one. */
  #until(index) {
    const [time, , , , , interval] = this.points[index];
    const held = interval === 0 ? Infinity : time + (interval ?? 0);
    return Math.min(held, this.points[index + 1]?.[0] ?? Infinity);
  }

  /** For the chart: ``{x, y, min, max}`` up to the time ``end``, with a null between points that are
   * not joined; ``held`` ones only say how long the value before them holds. */
  drawn(end = Infinity) {
    const drawn = [];
    this.points.forEach(([x, , min, y, max], index) => {
      drawn.push({ x, y, min, max });
      const next = this.points[index + 1];
      if (next && next[0] - x <= this.#reach(index)) return;
      const until = Math.min(this.#until(index), end);
      if (until > x && until < Infinity) drawn.push({ x: until, y, min, max, held: true });
      if (next) drawn.push({ x: (Math.max(x, until) + next[0]) / 2, y: null });
    });
    return drawn;
  }

  /** Whether any point stands for values that differ. */
  get banded() {
    return this.points.some(([, , min, , max]) => max > min);
  }

  /** Whether a chart of ``span`` seconds has so few samples that each is to be seen. */
  isSparse(span) {
    const { points } = this;
    if (points.length > FEW || points.some(([, count]) => count > 1)) return false;
    return points.every(([, , , , , interval]) => interval === 0 || interval >= span / FEW);
  }

  /** Whether there is something to draw between two times. */
  isWithin(from, to) {
    return this.points.some(([time], index) => time <= to && (time >= from || this.#until(index) > from));
  }

  /** The point that speaks for a time: the one whose value holds, or the nearest that is near. */
  near(time) {
    const points = this.points;
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points[middle][0] <= time) low = middle + 1;
      else high = middle;
    }
    const before = low - 1;
    if (before >= 0 && time <= this.#until(before)) return points[before];
    const around = [before, low].filter((index) => points[index]);
    around.sort((a, b) => Math.abs(points[a][0] - time) - Math.abs(points[b][0] - time));
    const [nearest] = around;
    return nearest !== undefined && Math.abs(points[nearest][0] - time) <= this.#reach(nearest)
      ? points[nearest] : undefined;
  }
}
