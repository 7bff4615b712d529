// What is known of the fleet, kept current by the stream's events.

const RECENT = 60; // values of a sparkline

/** The fleet. Calls ``changed(what)`` with "all", "order" or "values" after each event. */
export class Store {
  agents = new Map();
  daemon = "up";
  trouble = ""; // what is wrong with the console's database
  database = ""; // why it cannot be read, if it was needed and could not
  loaded = false; // a snapshot came at least once
  #offset = 0; // the console's clock less ours, in seconds
  #heard = new Map(); // how often the stream spoke of each agent
  #listeners = new Set();

  /** Now by the console's clock. */
  now() {
    return Date.now() / 1000 + this.#offset;
  }

  /** Be told of changes; returns what ends it. */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Take in one event of the stream; ``gap`` says that something may have been missed before. */
  take(kind, data, { gap = false } = {}) {
    const handlers = {
      snapshot: () => this.#snapshot(data, gap),
      samples: () => this.#samples(data),
      agent: () => {
        this.#hear(data.id);
        this.#agent(data);
      },
      gone: () => this.#gone(data),
      daemon: () => this.#daemon(data),
      console: () => this.#console(data),
    };
    handlers[kind]?.();
  }

  /** How often the stream spoke of an agent: an answer may be older than what it said since. */
  heard(id) {
    return this.#heard.get(id) ?? 0;
  }

  #hear(id) {
    this.#heard.set(id, this.heard(id) + 1);
  }

  /** Take in an answer about one agent that was asked for when ``heard(id)`` was ``heard``; returns
   * what is known of it now, or null if the stream said meanwhile that it is gone. */
  answer(agent, heard) {
    const { id } = agent;
    const before = this.agents.get(id);
    if (this.heard(id) === heard) this.#agent(agent);
    else if (before) this.#agent({ ...before, latest: newest(agent.latest, before.latest) });
    return this.agents.get(id) ?? null;
  }

  #tell(what, detail = {}) {
    for (const listener of this.#listeners) listener(what, detail);
  }

  /** A snapshot of the fleet as a tab that comes can take it; null before one is known. */
  snapshot() {
    if (!this.loaded) return null;
    const { daemon, trouble } = this;
    return { now: this.now(), daemon, trouble, agents: [...this.agents.values()] };
  }

  #snapshot(data, gap) {
    this.#offset = data.now - Date.now() / 1000;
    this.daemon = data.daemon;
    this.database = data.database ?? "";
    this.trouble = data.trouble ?? "";
    const before = this.agents;
    const whole = !data.agent; // else of one agent in full
    if (whole) {
      for (const id of before.keys()) this.#hear(id);
      this.agents = new Map();
    }
    for (const agent of data.agents) {
      this.#hear(agent.id);
      // The fleet's has the fleet's metrics alone: what else is known stays.
      const latest = { ...before.get(agent.id)?.latest, ...agent.latest };
      this.agents.set(agent.id, { ...agent, latest });
    }
    const first = !this.loaded;
    this.loaded ||= whole;
    if (whole) this.#tell("all", { before: first ? null : before, gap });
    else for (const agent of data.agents) this.#tell("order", { agent, snapshot: true });
    this.#tell("daemon");
  }

  #samples({ id, samples }) {
    const agent = this.agents.get(id);
    if (!agent) return;
    for (const [metric, timestamp, interval, value, type, unit] of samples) {
      const latest = agent.latest[metric];
      // A backfill brings older samples: they are for the charts, not for the newest value.
      if (latest && latest.timestamp > timestamp) continue;
      const again = latest?.timestamp === timestamp; // of the fleet and of the agent in full
      agent.latest[metric] = { timestamp, interval, value, type, unit };
      if (metric === "generic_cpu" && !again) push(agent.recent, value);
      agent.last_seen = Math.max(agent.last_seen ?? 0, Math.min(timestamp, this.now()));
    }
    this.#tell("values", { agent, samples });
  }

  #agent(agent) {
    const before = this.agents.get(agent.id);
    // An event of the fleet's stream carries the fleet's metrics: what else is known stays.
    if (before) agent.latest = { ...before.latest, ...agent.latest };
    this.agents.set(agent.id, agent);
    this.#tell("order", { agent, before });
  }

  #gone({ id }) {
    this.#hear(id);
    const before = this.agents.get(id);
    this.agents.delete(id);
    if (before) this.#tell("order", { before });
  }

  #console({ trouble }) {
    this.trouble = trouble;
    this.#tell("daemon");
  }

  #daemon({ state }) {
    this.daemon = state;
    this.#tell("daemon");
  }
}

/** The newer of two values of each metric. */
function newest(some, others) {
  const made = { ...some };
  for (const [metric, value] of Object.entries(others)) {
    if (!(made[metric]?.timestamp > value.timestamp)) made[metric] = value;
  }
  return made;
}

function push(recent, value) {
  recent.push(value);
  if (recent.length > RECENT) recent.splice(0, recent.length - RECENT);
}
