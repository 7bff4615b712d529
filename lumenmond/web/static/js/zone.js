// Round times of this browser's zone, whose days have 23, 24 or 25 hours. Pure.

const DAY = 86400;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;
const QUARTER = 900; // no clock was ever changed by less

/** How far the local clock is ahead of UTC at a time, in seconds. */
function offset(seconds) {
  return -60 * new Date(seconds * 1000).getTimezoneOffset();
}

function dateOf(seconds) {
  const date = new Date(seconds * 1000);
  return [date.getFullYear(), date.getMonth(), date.getDate()];
}

/** Whether a local day begins at a time: at midnight, or where the clock skips that. */
export function beginsDay(seconds) {
  const [now, before] = [seconds, seconds - 1].map((at) => Date.UTC(...dateOf(at)));
  return now > before;
}

/** The offset from UTC as +02:00, at times that the local clock shows twice; else "". */
export function offsetIfTwice(seconds) {
  const here = offset(seconds);
  const twice = [-DAY, DAY].map((apart) => offset(seconds + apart))
    .some((other) => other !== here && offset(seconds + here - other) === other);
  if (!twice) return "";
  const minutes = Math.abs(here) / 60;
  const parts = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0"));
  return `${here < 0 ? "-" : "+"}${parts.join(":")}`;
}

/** The times from which another offset holds, after ``from`` up to ``to``. */
function changes(from, to) {
  const found = [];
  for (let at = from; at < to; at += DAY / 2) {
    let [low, high] = [at, Math.min(to, at + DAY / 2)];
    if (offset(low) === offset(high)) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    found.push(Math.ceil(high));
  }
  return found;
}

/** Times at which the local clock shows a multiple of ``step`` seconds, less than a day. */
export function clockTicks(from, to, step) {
  const changed = changes(Math.floor(from), to);
  const times = [];
  [from, ...changed].forEach((begin, index) => {
    const ahead = offset(begin);
    let at = Math.ceil((begin + ahead) / step) * step - ahead;
    // A day whose midnight is skipped begins where the clock goes on.
    if (index && at !== begin && beginsDay(begin)) {
      times.push(begin);
      if (at - begin < step / 2) at += step;
    }
    const end = changed[index] ?? Infinity;
    for (; at < end && at <= to; at += step) times.push(at);
  });
  return times;
}

/** The first moment of a local day; undefined when the calendar skips that day. */
function dayBegin(year, month, day) {
  let at = new Date(year, month, day).getTime() / 1000;
  const date = Date.UTC(year, month, day);
  const isIt = (seconds) => Date.UTC(...dateOf(seconds)) === date;
  if (!isIt(at)) return undefined;
  while (isIt(at - QUARTER)) at -= QUARTER;
  return at;
}

/** Times at which a local day begins: each one, each few, each first of a month, of a few. */
export function dayTicks(from, to, step) {
  const times = [];
  const [year, month, day] = dateOf(from);
  const add = (...date) => {
    const at = dayBegin(...date);
    if (at >= from && at <= to) times.push(at);
    return Date.UTC(...date) / 1000 < to + 2 * DAY;
  };
  if (step < MONTH) {
    const days = step / DAY;
    // Counted from a Monday, so that weeks begin as the calendar's do.
    const number = Date.UTC(year, month, day) / 1000 / DAY + 3;
    for (let at = -(number % days); add(year, month, day + at);) at += days;
  } else {
    const months = step < YEAR ? step / MONTH : 12 * (step / YEAR);
    for (let at = -(month % months); add(year, month + at, 1);) at += months;
  }
  return times;
}
