// Numbers, sizes and times in the words of the terminal. Pure: no page, no clock of its own.

import { beginsDay, offsetIfTwice } from "./zone.js";

const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL = ["", "k", "M", "G", "T", "P"];
const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const SPANS = [["y", 31536000], ["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];

/** Three digits that matter: 0.03, 1.25, 12.5, 125. */
export function short(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return "–";
  if (size !== 0 && size < 0.01) return value.toExponential(0);
  const digits = size < 10 ? 2 : size < 100 ? 1 : 0;
  return String(Number(value.toFixed(digits)));
}

function scaled(value, base, prefixes, unit) {
  let power = 0;
  let rest = value;
  while (Math.abs(rest) >= base && power < prefixes.length - 1) {
    rest /= base;
    power += 1;
  }
  return `${short(rest)} ${prefixes[power]}${unit}`;
}

/** A span of seconds by its two largest parts: 3d 4h. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const first = SPANS.findIndex(([, size]) => whole >= size);
  if (first < 0) return "0s";
  const [name, size] = SPANS[first];
  const text = `${Math.floor(whole / size)}${name}`;
  const next = SPANS[first + 1];
  const rest = next ? Math.floor((whole % size) / next[1]) : 0;
  return rest ? `${text} ${rest}${next[0]}` : text;
}

/** A span of seconds by its largest part: 3d. */
export function brief(seconds) {
  return duration(seconds).split(" ")[0];
}

/** A number with its unit, as it is said of a metric. */
export function quantity(value, unit) {
  // Beyond what a Number holds: exact where no prefix rounds it anyway.
  if (typeof value === "bigint") return unit ? quantity(Number(value), unit) : count(value);
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  switch (unit) {
    case "%": return `${value < 10 && value > 0 ? value.toFixed(1) : Math.round(value)}%`;
    case "B": return scaled(value, 1024, BINARY, "B");
    case "B/s": return scaled(value, 1024, BINARY, "B/s");
    case "bit/s": case "Hz": return scaled(value, 1000, DECIMAL, unit);
    case "s": return Math.abs(value) < 60 ? `${short(value)} s` : duration(value);
    case "": return Number.isInteger(value) ? count(value) : short(value);
    default: return `${short(value)} ${unit}`;
  }
}

/** A rate of bytes in five places: 1.2M, for narrow columns. */
export function rate(value) {
  if (typeof value !== "number") return "–";
  const text = scaled(value, 1024, ["", "K", "M", "G", "T"], "");
  return text.replace(" ", "");
}

/** A percentage without decimals; a dash where there is none. */
export function percent(value) {
  return typeof value === "number" ? `${Math.round(value)}%` : "–";
}

/** A whole number with its thousands set apart. */
export function count(value) {
  return COUNT.format(value || 0); // not -0
}

const two = (number) => String(number).padStart(2, "0");

/** A date and time of this browser's zone: 2025-01-31 12:00:07, with its offset if it comes twice. */
export function moment(seconds) {
  const date = new Date(seconds * 1000);
  const text = `${day(date)} ${clock(date)}:${two(date.getSeconds())}`;
  const ahead = offsetIfTwice(seconds);
  return ahead ? `${text} ${ahead}` : text;
}

function day(date) {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function clock(date) {
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** A tick of a time axis whose ticks are ``step`` seconds apart. */
export function tick(seconds, step) {
  const date = new Date(seconds * 1000);
  if (step >= 28 * 86400) return `${date.getFullYear()}-${two(date.getMonth() + 1)}`;
  if (step >= 86400) return `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  if (step >= 60) {
    return beginsDay(seconds) ? `${two(date.getMonth() + 1)}-${two(date.getDate())}` : clock(date);
  }
  return `${clock(date)}:${two(date.getSeconds())}`;
}

/** Minutes and seconds that are left: 4:07. */
export function countdown(seconds) {
  const left = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(left / 60)}:${two(left % 60)}`;
}
