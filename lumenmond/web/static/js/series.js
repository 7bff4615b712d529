// The points of one metric as they are drawn: loaded once, then kept current by live samples.

const GAP = 3; // steps without a point that make a gap

/** Points ``[timestamp, count, min, mean, max]`` in rising order. */
export class Series {
  points = [];
  step = 1;
  source = "raw";

  constructor(metric, interval) {
    this.metric = metric;
    this.interval = interval;
  }

  /** Take what the API answered. */
  load({ points, step, source }) {
    this.points = points;
    this.step = Math.max(1, step || 1);
    this.source = source;
  }

  /** Take one live sample; an older one goes where it belongs. */
  add(timestamp, value) {
    const points = this.points;
    let at = points.length;
    while (at > 0 && points[at - 1][0] > timestamp) at -= 1;
    const last = points[at - 1];
    if (last && last[0] === timestamp && last[1] === 1) {
      points[at - 1] = [timestamp, 1, value, value, value];
    } else if (last && timestamp < last[0] + this.step) {
      const [start, count, min, mean, max] = last;
      points[at - 1] = [
        start, count + 1, Math.min(min, value), mean + (value - mean) / (count + 1),
        Math.max(max, value),
      ];
    } else {
      const start = Math.max(last ? last[0] + this.step : 0, Math.floor(timestamp / this.step) * this.step);
      points.splice(at, 0, [Math.min(start, timestamp), 1, value, value, value]);
    }
  }

  /** Forget what lies before ``from``, but for the last point there, from which a line comes in. */
  trim(from) {
    let first = 0;
    while (first + 1 < this.points.length && this.points[first + 1][0] < from) first += 1;
    if (first > 0) this.points.splice(0, first);
  }

  /** How far two points may lie apart and still be joined, in seconds. */
  get reach() {
    return GAP * Math.max(this.step, this.interval || this.#usual());
  }

  #usual() {
    const apart = this.points.slice(1, 60).map((point, index) => point[0] - this.points[index][0]);
    return apart.sort((a, b) => a - b)[apart.length >> 1] ?? 0;
  }

  /** For the chart: ``{x, y, min, max}``, with a null between points that are not joined. */
  drawn() {
    const reach = this.reach;
    const drawn = [];
    let before = -Infinity;
    for (const [x, , min, mean, max] of this.points) {
      if (x - before > reach && drawn.length) drawn.push({ x: (x + before) / 2, y: null });
      drawn.push({ x, y: mean, min, max });
      before = x;
    }
    return drawn;
  }

  /** Whether any point stands for values that differ. */
  get banded() {
    return this.points.some(([, , min, , max]) => max > min);
  }

  /** The point nearest to a time, if one is near enough to speak for it. */
  near(time) {
    const points = this.points;
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points[middle][0] < time) low = middle + 1;
      else high = middle;
    }
    const around = [points[low - 1], points[low]].filter(Boolean);
    around.sort((a, b) => Math.abs(a[0] - time) - Math.abs(b[0] - time));
    return around[0] && Math.abs(around[0][0] - time) <= this.reach ? around[0] : undefined;
  }
}
