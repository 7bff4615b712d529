// Which metrics share a chart: those of one group that have the same unit. Pure.

const ORDER = ["cpu", "load", "mem", "swap", "disk", "net", "temp", "psi"];
const LAST = ["sys", "lumenmon"];
const MOST = 8; // lines of one chart at first
const TITLES = {
  cpu: "CPU", mem: "Memory", swap: "Swap", disk: "Disk", net: "Network", load: "Load",
  temp: "Temperature", psi: "Pressure", sys: "System", lumenmon: "Agent",
};
const UNITS = { B: "bytes", "B/s": "throughput", "bit/s": "throughput", "%": "share" };
const CEILED = new Set(["cpu", "mem", "swap"]); // their shares are drawn up to 100 %

/** Charts for an agent's metrics: ``{group, title, unit, metrics, first}``, in their order; ``first``
 * are the lines that are drawn at first: where there are too many, the worst by their values in
 * ``latest``. */
export function charts(metrics, latest) {
  const found = new Map();
  for (const each of metrics) {
    if (each.type === "TEXT") continue;
    const key = `${each.group}\n${each.unit}${family(each)}`;
    if (!found.has(key)) {
      found.set(key, { group: each.group, unit: each.unit, family: family(each), metrics: [] });
    }
    found.get(key).metrics.push(each);
  }
  const all = [...found.values()].map((each) => finish(each, latest));
  for (const [each, title] of all.map((one) => [one, apart(one, all)])) {
    each.suffix = title === each.title ? each.unit : "";
    each.title = title;
  }
  return all.sort((a, b) => rank(a.group) - rank(b.group) || a.group.localeCompare(b.group)
    || units(a.unit) - units(b.unit) || a.title.localeCompare(b.title));
}

/** Values of unlike kind within a group are kept apart, or the larger flattens the smaller. */
function family({ metric, group, unit }) {
  if (/_inodes_percent$/.test(metric)) return "inodes";
  if (group === "disk" && unit === "B") return "free";
  if ((group === "sys" || group === "lumenmon") && unit !== "B") return label(metric, group);
  return "";
}

/** A title that no other chart has: beside one of shares, one of bytes says so. */
function apart({ title, unit }, all) {
  const same = all.filter((each) => each.title === title);
  const plain = same.length === 1 || unit === "%" || !unit;
  return plain ? title : `${title}: ${UNITS[unit] ?? unit}`;
}

function finish({ group, unit, family: kind, metrics }, latest) {
  const byName = metrics.toSorted((a, b) =>
    a.metric.length - b.metric.length || a.metric.localeCompare(b.metric));
  // Of what is free the least is the worst: the fullest disk.
  const sign = kind === "free" ? -1 : 1;
  const badness = ({ metric }) => sign * Number(latest[metric]?.value ?? -sign * Infinity);
  const byValue = byName.toSorted((a, b) => Math.sign(badness(b) - badness(a)) || 0);
  const ordered = metrics.length > MOST ? byValue : byName;
  const name = TITLES[group] ?? group;
  return {
    key: `${group}-${unit}-${kind}`, group, unit, metrics: ordered,
    title: kind ? `${name}: ${kind}` : name,
    whole: metrics.every((each) => each.type === "INTEGER"),
    first: ordered.slice(0, MOST).map((each) => each.metric),
    small: LAST.includes(group),
    ceiling: unit === "%" && (CEILED.has(group) || group === "disk") ? 100 : undefined,
  };
}

function rank(group) {
  const first = ORDER.indexOf(group);
  if (first >= 0) return first;
  const last = LAST.indexOf(group);
  return last >= 0 ? 1000 + last : 100;
}

function units(unit) {
  return ["%", "", "B/s", "B"].indexOf(unit) + 1 || 9;
}

/** A metric's name within its group, without what the group and the unit say already. */
export function label(metric, group) {
  const rest = metric.replace(/^generic_/, "").replace(new RegExp(`^${escape(group)}_?`), "");
  const bare = rest
    .replace(/_?(bytes_per_second|bits_per_second|per_second|percent|bytes|seconds|celsius)$/, "");
  if (group === "load" && /^\d+$/.test(bare)) return `${bare} min`;
  return bare.replaceAll("_", " ") || group;
}

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
