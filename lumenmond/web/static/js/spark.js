// A sparkline: steps of equal width, drawn as one SVG path.

import { svg } from "./dom.js";

const WIDTH = 120;
const HEIGHT = 24;

/** A sparkline; ``draw(values, low, high)`` shows values, null ones as gaps. */
export function sparkline(slots = 60) {
  const area = svg("path", { class: "spark-area" });
  const line = svg("path", { class: "spark-line", "vector-effect": "non-scaling-stroke" });
  const element = svg("svg", {
    class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none",
    "aria-hidden": "true", focusable: "false",
  }, area, line);
  let drawn = "";
  const draw = (values, low = 0, high = 100) => {
    const [outline, filled] = paths(values.slice(-slots), slots, low, high);
    if (outline === drawn) return;
    drawn = outline;
    line.setAttribute("d", outline);
    area.setAttribute("d", filled);
  };
  return { element, draw };
}

function paths(values, slots, low, high) {
  const step = WIDTH / slots;
  const scale = (HEIGHT - 2) / (high - low || 1);
  let outline = "";
  let filled = "";
  let open = false;
  values.forEach((value, index) => {
    const x = ((slots - values.length + index) * step).toFixed(1);
    if (typeof value !== "number") {
      if (open) filled += `V${HEIGHT}Z`;
      open = false;
      return;
    }
    const bounded = Math.min(Math.max(value, low), high);
    const y = (HEIGHT - 1 - (bounded - low) * scale).toFixed(1);
    const end = (Number(x) + step).toFixed(1);
    outline += open ? `V${y}H${end}` : `M${x} ${y}H${end}`;
    filled += open ? `V${y}H${end}` : `M${x} ${HEIGHT}V${y}H${end}`;
    open = true;
  });
  if (open) filled += `V${HEIGHT}Z`;
  return [outline, filled];
}

/** The bounds for a sparkline of any metric: a share goes from 0 to 100, the rest as it lies. */
export function bounds(values, unit) {
  const numbers = values.filter((value) => typeof value === "number");
  if (unit === "%") return [0, Math.max(100, ...numbers)];
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  if (!numbers.length) return [0, 1];
  if (low === high) return [Math.min(0, 2 * low), Math.max(1, 2 * high)];
  return low >= 0 && low < high / 2 ? [0, high] : [low, high];
}
