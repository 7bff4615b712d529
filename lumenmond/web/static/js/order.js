// Which agents are shown, in which order and under which heading. Pure.

import { latest, severity, STATES, troubles } from "./health.js";

const number = (metric) => (agent) => {
  const value = latest(agent, metric);
  return typeof value === "number" ? value : -Infinity;
};

function network(agent) {
  const rx = latest(agent, "generic_net_rx_bytes_per_second");
  const tx = latest(agent, "generic_net_tx_bytes_per_second");
  return rx === undefined && tx === undefined ? -Infinity : (rx ?? 0) + (tx ?? 0);
}

/** The orders there are; ``live`` ones change with every sample. The largest key comes first. */
export const SORTS = {
  worst: { title: "worst first", key: severity },
  name: { title: "name", key: () => 0 },
  cpu: { title: "CPU", key: number("generic_cpu"), live: true },
  mem: { title: "memory", key: number("generic_mem"), live: true },
  disk: { title: "disk", key: number("generic_disk"), live: true },
  load: { title: "load", key: number("generic_load_1"), live: true },
  net: { title: "network", key: network, live: true },
  updates: { title: "updates", key: number("generic_sys_updates") },
  uptime: { title: "uptime", key: number("generic_sys_uptime") },
  seen: { title: "last seen", key: (agent) => agent.last_seen ?? -Infinity },
};

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Sort by one of SORTS; ``turned`` puts it upside down. Equals go by name. */
export function sorted(agents, sort, turned) {
  const { key } = SORTS[sort] ?? SORTS.worst;
  const sign = turned ? -1 : 1;
  const keyed = agents.map((agent) => [key(agent), agent]);
  keyed.sort(([a, one], [b, other]) => {
    if (a !== b && sort !== "name") {
      // Those without a value stay at the end either way.
      if (a === -Infinity || b === -Infinity) return a === -Infinity ? 1 : -1;
      return a < b ? sign : -sign;
    }
    const names = collator.compare(one.name, other.name) || (one.id < other.id ? -1 : 1);
    return sort === "name" ? sign * names : names;
  });
  return keyed.map(([, agent]) => agent);
}

/** All that a filter looks at. */
function haystack(agent) {
  return [
    agent.name, agent.id, agent.address, STATES[agent.state]?.word, agent.why,
    latest(agent, "generic_hostname"), latest(agent, "generic_sys_os"),
    ...agent.tags.map((tag) => `#${tag}`), ...troubles(agent).map((each) => each.text),
  ].join("\n").toLowerCase();
}

/** The agents that hold every word of the filter; "-word" keeps those without it. */
export function filtered(agents, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return agents;
  return agents.filter((agent) => {
    const text = haystack(agent);
    return words.every((word) =>
      word.length > 1 && word.startsWith("-") ? !text.includes(word.slice(1)) : text.includes(word));
  });
}

/** The list as it is shown: headings and agents; an agent stands under each of its tags. */
export function listed(agents, { filter = "", sort = "worst", turned = false, group = false }) {
  const found = sorted(filtered(agents, filter), sort, turned);
  if (!group) return found.map((agent) => ({ key: agent.id, agent }));
  const groups = new Map();
  for (const agent of found) {
    for (const tag of agent.tags.length ? agent.tags : [""]) {
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(agent);
    }
  }
  const tags = [...groups.keys()].sort((a, b) => (!a) - (!b) || collator.compare(a, b));
  return tags.flatMap((tag) => [
    { key: `#${tag}`, tag, members: groups.get(tag) },
    ...groups.get(tag).map((agent) => ({ key: `${tag}\n${agent.id}`, agent })),
  ]);
}
