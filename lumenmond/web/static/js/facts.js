// What is known of a host besides its values.

import { copyButton } from "./clipboard.js";
import { foreign, h, setText, visible } from "./dom.js";
import { brief, count, duration, moment, quantity } from "./format.js";
import { latest } from "./health.js";

const text = (metric) => (agent) => latest(agent, metric);
const ago = (time, now) => `${moment(time)} (${brief(Math.max(0, now - time))}\u00a0ago)`;

function skew({ skew: seconds }) {
  if (seconds == null) return undefined;
  if (Math.abs(seconds) < 2) return "none";
  return `${duration(Math.abs(seconds))} ${seconds > 0 ? "ahead" : "behind"}`;
}

function rejected({ rejected: lines, last_reject: last }) {
  return last ? `${count(lines)}, the last: ${last}` : count(lines);
}

/** What an agent fills of the database, how fast it sends, and whether that is too much. */
function stored({ size, rate, slowed, limited }, now) {
  if (!size) return undefined;
  const lately = (time) => time != null && now - time < 600;
  const words = [`${quantity(size, "B")}, ${quantity(rate, "B/s")}`];
  if (lately(slowed)) words.push("slowed: it sends more than it may");
  if (lately(limited)) words.push("at its limit: its oldest data is deleted");
  return words.join("; ");
}

function connected(agent, now) {
  return agent.connected == null ? "no" : ago(agent.connected, now);
}

const FACTS = [
  ["system", text("generic_sys_os")],
  ["kernel", text("generic_sys_kernel")],
  ["hostname", text("generic_hostname")],
  ["address", (agent) => agent.address],
  ["uptime", (agent) => spell(latest(agent, "generic_sys_uptime"), duration)],
  ["agent", (agent) => agent.version || latest(agent, "lumenmon_agent_version")],
  ["boot", (agent) => agent.boot],
  ["copies of it", (agent) => agent.rivals && `${agent.rivals}: not stored, see lumenmonctl status`],
  ["connected since", connected],
  ["last seen", (agent, now) => (agent.last_seen == null ? "never" : ago(agent.last_seen, now))],
  ["enrolled", (agent) => moment(agent.enrolled)],
  ["clock skew", skew],
  ["spool backlog", (agent) => spell(latest(agent, "lumenmon_spool_bytes"), (n) => quantity(n, "B"))],
  ["dropped samples", (agent) => spell(latest(agent, "lumenmon_dropped_samples"), count)],
  ["rejected lines", rejected],
  ["in the database", stored],
  ["failed units", (agent) => latest(agent, "generic_sys_failed_unit_names") || undefined],
  ["id", (agent) => agent.id],
  ["key", (agent) => agent.fingerprint],
];

function spell(value, words) {
  return typeof value === "number" ? words(value) : undefined;
}

/** A list of facts; ``update(agent, now)`` keeps it current. Unknown ones show a dash. */
export function factList() {
  const rows = FACTS.map(([name, value]) => {
    const place = foreign("");
    const definition = h("dd", {}, place);
    const copier = (name === "id" || name === "key") && copyButton(() => place.textContent, name);
    if (copier) definition.append(" ", copier);
    const element = h("div", { class: name === "key" ? "fact wide" : "fact" },
      h("dt", { text: name }), definition);
    return { value, place, copier, element };
  });
  return {
    element: h("dl", { class: "facts" }, ...rows.map((row) => row.element)),
    update(agent, now) {
      for (const { value, place, copier } of rows) {
        const known = value(agent, now);
        setText(place, visible(known || "–"));
        if (copier) copier.hidden = !known;
      }
    },
  };
}
