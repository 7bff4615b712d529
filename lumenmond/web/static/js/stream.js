// The live events: opened, watched, opened again when they break.

import { events, session } from "./api.js";

const FIRST_PAUSE = 500; // milliseconds before the first try to come back
const LONGEST_PAUSE = 15000;
const SILENCE = 40000; // a stream that says nothing for so long is taken for dead
const KINDS = ["snapshot", "samples", "agent", "gone", "daemon", "console", "ping"];

/** One stream at a time. ``on(kind, data)`` gets its events, ``status(state, until)`` how it is. */
export class Stream {
  #source = null;
  #timer = 0;
  #watch = 0;
  #failures = 0;
  #agent = "";

  constructor(on, status) {
    this.on = on;
    this.status = status;
    addEventListener("online", () => this.retry());
    addEventListener("offline", () => this.#source && this.#broken());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && !this.#source) this.retry();
    });
    // A page that goes away tells the server at once, so that no stream is held for nobody.
    addEventListener("pagehide", () => this.#close());
    addEventListener("pageshow", (event) => event.persisted && this.retry());
  }

  /** Follow one agent, or the fleet when none is named. */
  follow(agent = "") {
    this.#agent = agent;
    this.retry();
  }

  /** Try now, not when the pause is over. */
  retry() {
    this.#close();
    this.#open();
  }

  #open() {
    const source = new EventSource(events(this.#agent));
    this.#source = source;
    this.#alive();
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        if (source !== this.#source) return;
        this.#alive();
        if (kind === "snapshot") {
          this.#failures = 0;
          this.status("live");
        }
        if (kind !== "ping") this.on(kind, JSON.parse(event.data));
      });
    }
    source.addEventListener("error", () => source === this.#source && this.#broken());
  }

  #alive() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.retry(), SILENCE);
  }

  #broken() {
    this.#close();
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
    this.#source?.close();
    this.#source = null;
  }
}
