// The live events: opened, watched, opened again when they break.

import { events, session } from "./api.js";

const FIRST_PAUSE = 500; // milliseconds before the first try to come back
const LONGEST_PAUSE = 15000;
const SILENCE = 40000; // a stream that says nothing for so long is taken for dead
const SETTLE = 50; // milliseconds in which several wishes become one stream
const KINDS = ["snapshot", "samples", "agent", "gone", "daemon", "console", "ping"];

/** The stream of the fleet and of some agents in full. ``on(kind, text, gap)`` gets its events, where
 * ``gap`` says that something may have been missed before; ``status(state, until)`` how it is. */
export class Stream {
  #source = null; // { events, agents }
  #next = null; // one with more agents, until it takes over
  #agents = [];
  #timer = 0;
  #watch = 0;
  #settle = 0;
  #failures = 0;
  #gap = false;
  #ended = new AbortController();

  constructor(on, status) {
    this.on = on;
    this.status = status;
    const { signal } = this.#ended;
    addEventListener("online", () => this.retry(), { signal });
    addEventListener("offline", () => this.#source && this.#broken(), { signal });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && !this.#source) this.retry();
    }, { signal });
    this.#settle = setTimeout(() => this.#tune(), SETTLE);
  }

  /** Follow these agents in full besides the fleet. */
  follow(agents) {
    this.#agents = agents;
    clearTimeout(this.#settle);
    this.#settle = setTimeout(() => this.#tune(), SETTLE);
  }

  /** Try now, not when the pause is over. */
  retry() {
    this.#gap ||= Boolean(this.#source);
    this.#close();
    this.#source = this.#open();
  }

  /** End it for good. */
  end() {
    this.#ended.abort();
    clearTimeout(this.#settle);
    this.#close();
  }

  #tune() {
    const has = (stream) => stream && this.#agents.every((each) => stream.agents.includes(each));
    if (has(this.#source) || has(this.#next)) return;
    if (!this.#source) {
      if (!this.#failures) this.retry(); // else it comes back with them
      return;
    }
    // The one there is goes on until the other has begun: nothing is missed.
    this.#next?.events.close();
    this.#next = this.#open();
  }

  #open() {
    const made = { events: new EventSource(events(this.#agents)), agents: this.#agents };
    this.#alive();
    for (const kind of KINDS) {
      made.events.addEventListener(kind, (event) => this.#take(made, kind, event.data));
    }
    made.events.addEventListener("error", () => {
      if (made === this.#next) {
        made.events.close();
        this.#next = null;
        this.#timer = setTimeout(() => this.#tune(), LONGEST_PAUSE);
      } else if (made === this.#source) this.#broken();
    });
    return made;
  }

  #take(stream, kind, text) {
    const begins = kind === "snapshot" && !JSON.parse(text).agent;
    if (stream === this.#next && begins) {
      this.#source.events.close();
      [this.#source, this.#next] = [stream, null];
    }
    if (stream !== this.#source) return;
    this.#alive();
    this.on(kind, text, this.#gap);
    if (!begins) return;
    this.#failures = 0;
    this.#gap = false;
    this.status("live", 0);
  }

  #alive() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.retry(), SILENCE);
  }

  #broken() {
    this.#close();
    this.#gap = true;
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures);
    // Full jitter, so that not all pages come back in the same moment.
    const pause = FIRST_PAUSE + Math.random() * (longest - FIRST_PAUSE);
    this.#failures += 1;
    this.status("broken", Date.now() + pause);
    this.#timer = setTimeout(() => this.retry(), pause);
    // An EventSource hides the status; a session that ended shows here and leads to the login.
    if (this.#failures > 1) session().catch(() => {});
  }

  #close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#source?.events.close();
    this.#next?.events.close();
    this.#source = null;
    this.#next = null;
  }
}
