// How an agent is doing, in a glyph, a word and a colour, and what troubles it. Pure.

import { quantity } from "./format.js";

/** By state: the glyph, the word, and how bad it is. */
export const STATES = {
  offline: { glyph: "✖", word: "offline", weight: 1000 },
  stale: { glyph: "◐", word: "stale", weight: 500 },
  never: { glyph: "○", word: "never seen", weight: 100 },
  online: { glyph: "●", word: "online", weight: 0 },
};

/** From which value on a share of something is worth a look, and from which it is bad. */
export const LIMITS = {
  generic_cpu: [90, 98],
  generic_mem: [90, 97],
  generic_disk: [85, 95],
  generic_swap_percent: [60, 90],
  generic_temp_max_celsius: [80, 95],
};

/** The newest value of a metric; undefined where there is none. */
export function latest(agent, metric) {
  return agent.latest[metric]?.value;
}

/** Whether a sample is so old that another should have come; with a moment for its way. */
export function isOld(sample, now) {
  return Boolean(sample) && sample.interval > 0 && now - sample.timestamp > 3 * sample.interval + 5;
}

/** "", "warn" or "bad" for a metric's value. */
export function level(metric, value) {
  const limits = LIMITS[metric];
  if (!limits || typeof value !== "number") return "";
  return value >= limits[1] ? "bad" : value >= limits[0] ? "warn" : "";
}

const LABELS = {
  generic_disk: "disk", generic_mem: "memory", generic_swap_percent: "swap",
  generic_temp_max_celsius: "temperature", generic_cpu: "CPU",
};

const plural = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

/** What is wrong with an agent that reports, worst first: a weight, a level and words for each. */
export function troubles(agent) {
  const found = [];
  const add = (weight, grade, text) => found.push({ weight, level: grade, text });
  for (const [metric, label] of Object.entries(LABELS)) {
    const value = latest(agent, metric);
    const grade = level(metric, value);
    const unit = metric.endsWith("celsius") ? "°C" : "%";
    // A busy CPU is work, seldom trouble: it weighs the least.
    const weight = metric === "generic_cpu" ? 4 : grade === "bad" ? 60 : 20;
    if (grade) add(weight, grade, `${label} ${quantity(Math.round(value), unit)}`);
  }
  const failed = latest(agent, "generic_sys_failed_units");
  if (failed > 0) add(40, "warn", plural(failed, "failed unit"));
  const spool = latest(agent, "lumenmon_spool_bytes");
  if (spool > 1048576) add(15, "warn", `${quantity(spool, "B")} waiting`);
  const security = latest(agent, "generic_sys_security_updates");
  if (security > 0) add(3, "note", plural(security, "security update"));
  if (latest(agent, "generic_sys_reboot_required") > 0) add(2, "note", "reboot needed");
  return found.sort((a, b) => b.weight - a.weight);
}

/** How bad it is, for sorting: the state first, then the troubles. */
export function severity(agent) {
  const state = STATES[agent.state]?.weight ?? 0;
  return state + troubles(agent).reduce((sum, each) => sum + each.weight, 0);
}

/** How many agents are in each state, and how many of those online have troubles. */
export function tally(agents) {
  const counts = { online: 0, stale: 0, offline: 0, never: 0, troubled: 0 };
  for (const agent of agents) {
    counts[agent.state] += 1;
    if (agent.state === "online" && troubles(agent).some((each) => each.level !== "note")) {
      counts.troubled += 1;
    }
  }
  return counts;
}
