// One agent of the fleet: a row of the table, or a tile in compact mode.

import { foreign, h, setAttribute, setText, visible } from "./dom.js";
import { brief, count, duration, percent, rate, short } from "./format.js";
import { isOld, latest, level, STATES, troubles } from "./health.js";
import { sparkline } from "./spark.js";

const RX = "generic_net_rx_bytes_per_second";
const TX = "generic_net_tx_bytes_per_second";

/** The columns of the table, their titles, and the order that a click on each brings. */
export const COLUMNS = [
  { name: "state", title: "state", sort: "worst" },
  { name: "name", title: "host", sort: "name" },
  { name: "cpu", title: "cpu", sort: "cpu" },
  { name: "mem", title: "mem", sort: "mem" },
  { name: "disk", title: "disk", sort: "disk" },
  { name: "load", title: "load", sort: "load" },
  { name: "net", title: "net ↓ ↑ B/s", sort: "net" },
  { name: "updates", title: "updates", sort: "updates" },
  { name: "uptime", title: "uptime", sort: "uptime" },
  { name: "seen", title: "seen", sort: "seen" },
];

function gauge(metric, label) {
  const value = h("span", { class: "gauge-value" });
  const fill = h("span", { class: "gauge-fill" });
  const element = h("span", { class: "gauge" },
    h("span", { class: "label", text: label }), h("span", { class: "gauge-bar" }, fill), value);
  return {
    element,
    update(agent, now) {
      const known = latest(agent, metric);
      setText(value, percent(known));
      setAttribute(element, "data-level", level(metric, known) || null);
      setAttribute(element, "data-old", isOld(agent.latest[metric], now) ? "" : null);
      const share = typeof known === "number" ? Math.min(Math.max(known, 0), 100) / 100 : 0;
      fill.style.transform = `scaleX(${share.toFixed(2)})`;
    },
  };
}

/** How long ago an agent was heard of. */
export function seen(agent, now) {
  if (agent.last_seen == null) return "never";
  const age = now - agent.last_seen;
  return age < 3 ? "now" : brief(age);
}

function nameCell(link) {
  const name = foreign("");
  const below = h("span", { class: "below" });
  link.append(name);
  let before = "";
  return {
    element: h("span", { role: "cell", class: "c-name" }, link, below),
    update(agent) {
      setText(name, visible(agent.name));
      setAttribute(link, "title", visible(agent.name));
      const parts = remarks(agent);
      const text = JSON.stringify(parts);
      if (text === before) return;
      before = text;
      setAttribute(below, "title", parts.map(([, words]) => visible(words)).join("  "));
      below.replaceChildren(...parts.map(([kind, words]) => foreign(words, { class: kind })));
    },
  };
}

/** The second line: why it is not online, or its troubles, then its tags and system. */
function remarks(agent) {
  const parts = [];
  if (agent.state !== "online" && agent.why) parts.push([`is-${agent.state}`, agent.why]);
  if (agent.state === "online") {
    // Security updates have a column of their own.
    const told = troubles(agent).filter((each) => !each.text.includes("security")).slice(0, 3);
    for (const each of told) parts.push([`is-${each.level}`, each.text]);
  }
  for (const tag of agent.tags.slice(0, 6)) parts.push(["tag", `#${tag}`]);
  const os = latest(agent, "generic_sys_os");
  if (os) parts.push(["dim", os]);
  return parts;
}

function hostLink(agent) {
  return h("a", { href: `/host/${encodeURIComponent(agent.id)}`, class: "host", "data-nav": true });
}

function stateCell() {
  const glyph = h("span", { class: "glyph", "aria-hidden": "true" });
  const word = h("span", { class: "word" });
  return {
    element: h("span", { role: "cell", class: "c-state" }, glyph, " ", word),
    update(agent) {
      const state = STATES[agent.state] ?? STATES.never;
      setText(glyph, state.glyph);
      setText(word, state.word);
    },
  };
}

function textCell(name, label, text, metric) {
  const value = h("span", { class: "value" });
  const element = h("span", { role: "cell", class: `c-${name}` },
    h("span", { class: "label", text: label }), value);
  return {
    element,
    update(agent, now) {
      setText(value, text(agent, now));
      setAttribute(element, "data-old", isOld(agent.latest[metric], now) ? "" : null);
    },
  };
}

function updatesCell() {
  const all = h("span", { class: "value" });
  const security = h("span", { class: "below" });
  const element = h("span", { role: "cell", class: "c-updates" },
    h("span", { class: "label", text: "upd" }), all, security);
  return {
    element,
    update(agent) {
      const number = latest(agent, "generic_sys_updates");
      const urgent = latest(agent, "generic_sys_security_updates");
      setText(all, number === undefined ? "–" : count(number));
      setText(security, urgent > 0 ? `${count(urgent)} security` : "");
    },
  };
}

function netText(agent) {
  if (latest(agent, RX) === undefined && latest(agent, TX) === undefined) return "–";
  return `${rate(latest(agent, RX)).padStart(5)} ${rate(latest(agent, TX)).padStart(5)}`;
}

function loadText(agent) {
  const load = latest(agent, "generic_load_1");
  return typeof load === "number" ? short(load) : "–";
}

function uptimeText(agent) {
  const uptime = latest(agent, "generic_sys_uptime");
  return typeof uptime === "number" ? duration(uptime) : "–";
}

/** A row of the table. */
export function makeRow(item, clock) {
  const spark = sparkline(60);
  const cell = (name, gauged, ...more) =>
    h("span", { role: "cell", class: `c-${name}` }, ...more, gauged.element);
  const [cpu, mem, disk] = [
    gauge("generic_cpu", "cpu"), gauge("generic_mem", "mem"), gauge("generic_disk", "disk"),
  ];
  const cells = [
    stateCell(), nameCell(hostLink(item.agent)),
    { element: cell("cpu", cpu, spark.element), update: cpu.update },
    { element: cell("mem", mem), update: mem.update },
    { element: cell("disk", disk), update: disk.update },
    textCell("load", "load", loadText, "generic_load_1"), textCell("net", "net", netText, RX),
    updatesCell(), textCell("uptime", "up", uptimeText, "generic_sys_uptime"),
    textCell("seen", "seen", seen),
  ];
  const element = h("div", { role: "row", class: "row" }, ...cells.map((each) => each.element));
  return {
    element,
    update({ agent }) {
      const now = clock();
      setAttribute(element, "data-state", agent.state);
      for (const each of cells) each.update(agent, now);
      spark.draw(agent.recent);
    },
  };
}

/** A tile of the compact mode: glyph, name, three gauges; or since when it is away. */
export function makeTile(item, clock) {
  const state = stateCell();
  const name = foreign("");
  const link = hostLink(item.agent);
  link.append(name);
  const gauges = [
    gauge("generic_cpu", "cpu"), gauge("generic_mem", "mem"), gauge("generic_disk", "disk"),
  ];
  const away = h("span", { class: "away" });
  const element = h("div", { role: "row", class: "tile" }, state.element,
    h("span", { role: "cell", class: "c-name" }, link),
    h("span", { role: "cell", class: "c-gauges" }, ...gauges.map((each) => each.element), away));
  return {
    element,
    update({ agent }) {
      setAttribute(element, "data-state", agent.state);
      state.update(agent);
      setText(name, visible(agent.name));
      const worst = troubles(agent)[0];
      const note = worst ? ` · ${worst.text}` : "";
      setAttribute(link, "title", visible(agent.name) + (agent.why ? ` · ${visible(agent.why)}` : note));
      const reports = agent.state === "online" || agent.state === "stale";
      setAttribute(element, "data-reports", reports ? "" : null);
      if (reports) for (const each of gauges) each.update(agent, clock());
      else setText(away, agent.state === "never" ? "never seen" : `${seen(agent, clock())} ago`);
    },
  };
}

/** The heading of a group: the tag, how many there are, and how many are not online. */
export function makeHeading(item) {
  const name = foreign("");
  const text = h("span", { class: "dim" });
  const element = h("div", { role: "row", class: "group" },
    h("span", { role: "cell" }, h("strong", {}, name), " ", text));
  return {
    element,
    update({ tag, members }) {
      setText(name, tag ? visible(`#${tag}`) : "untagged");
      const away = members.filter((agent) => agent.state !== "online").length;
      setText(text, `${count(members.length)}${away ? `, ${count(away)} not online` : ""}`);
    },
  };
}
