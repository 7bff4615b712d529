// One stream for all tabs: a browser has six connections to a console, and a stream takes one.
//
// The tabs of a browser hear each other on a channel. One of them leads: it has the stream, of the
// fleet and of each host that a tab shows, and passes on what comes. A tab that hears of no leader
// leads itself; of two leaders one gives way. Whoever leads and is closed, frozen or put away says
// so; whoever crashed does not answer any more. (Locks would be simpler, but a page over plain http
// has none.)

import { parse } from "./json.js";
import { onLogout } from "./session.js";
import { Stream } from "./stream.js";

const CHANNEL = "lumenmon-stream";
const JOIN = 1000; // milliseconds in which a leader answers to one who comes, where there may be one
const SPREAD = 200; // milliseconds over which those who would lead are spread
const LED = "stream.led"; // in localStorage: when somebody led
const FRESH = 30_000; // milliseconds for which that is believed
const ASK = 4000; // without a word from the leader for so long, it is asked
const LOST = 9000; // and after so long it is replaced
const SAY = 30000; // between two times that a tab says what it shows
const FORGET = 200_000; // a hidden tab says it seldom: browsers slow its clock
const MOST = 16; // hosts in full that one stream has

/** The events of the console for this tab. ``on(kind, data, { gap })`` gets them: ``gap`` says that
 * a snapshot follows a break, ``status(state, until)`` how the stream is; ``known()`` returns a
 * snapshot of the fleet for a tab that comes, or null. */
export class Tabs {
  #id = `${Math.random().toString(36).slice(2)}${Date.now().toString(36)}`;
  #channel = null;
  #stream = null; // what the leader has, and nobody else
  #tabs = new Map(); // of other tabs: what they show, and when they said so
  #leader = "";
  #heard = 0;
  #agent = "";
  #gap = false; // whether something may have been missed before the next snapshot
  #state = ["opening", 0];
  #timers = [];

  constructor(on, status, known) {
    this.on = on;
    this.status = status;
    this.known = known;
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("freeze", () => this.#leave());
    document.addEventListener("resume", () => this.#join());
    addEventListener("pageshow", (event) => event.persisted && this.#join());
    document.addEventListener("visibilitychange", () => !document.hidden && this.#look());
    onLogout(() => this.#leave());
  }

  /** Follow the fleet, and one agent in full if one is named. */
  follow(agent = "") {
    this.#agent = agent;
    if (!this.#channel && !this.#stream) this.#join();
    else this.#want();
  }

  /** Try now, not when the pause is over. */
  retry() {
    if (this.#stream) this.#stream.retry();
    else this.#say("retry");
  }

  #join() {
    if (this.#channel || this.#stream) return;
    this.#leader = "";
    if (!globalThis.BroadcastChannel) {
      this.#lead();
      return;
    }
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.onmessage = ({ data }) => this.#hear(data);
    this.#heard = Date.now();
    this.#say("hello", { agent: this.#agent });
    const wait = Math.random() * SPREAD + (Date.now() - led() < FRESH ? JOIN : 0);
    const claim = setTimeout(() => !this.#leader && this.#lead(), wait);
    this.#timers = [claim, setInterval(() => this.#look(), 1000), setInterval(() => this.#want(), SAY)];
  }

  #leave() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#gap = true;
    this.#say("bye", { led: Boolean(this.#stream) });
    if (this.#stream) led(0);
    this.#stream?.end();
    this.#channel?.close();
    this.#stream = null;
    this.#channel = null;
  }

  #say(kind, rest = {}) {
    this.#channel?.postMessage({ kind, tab: this.#id, ...rest });
  }

  #want() {
    if (this.#stream) this.#tune();
    this.#say("want", { agent: this.#agent });
  }

  /** Ask for the leader when it is quiet, replace it when it does not answer. */
  #look() {
    if (this.#stream || !this.#channel) return;
    const quiet = Date.now() - this.#heard;
    if (quiet > LOST) {
      this.#gap = true;
      this.#lead();
    } else if (quiet > ASK) this.#say("who");
  }

  #hear(message) {
    const { kind, tab, agent } = message;
    if (agent !== undefined) this.#tabs.set(tab, { agent, at: Date.now() });
    if (tab === this.#leader) this.#heard = Date.now();
    const answers = {
      hello: () => this.#welcome(tab),
      want: () => this.#stream && this.#tune(),
      who: () => this.#stream && this.#lead(),
      lead: () => this.#hearLeader(message),
      event: () => tab === this.#leader && this.#take(message.name, parse(message.text), message.gap),
      known: () => message.to === this.#id && this.#take("snapshot", message.data, false),
      retry: () => this.#stream?.retry(),
      bye: () => this.#farewell(message),
    };
    answers[kind]?.();
  }

  #welcome(tab) {
    if (!this.#stream) return;
    this.#lead();
    const data = this.known();
    if (data && this.#state[0] === "live") this.#say("known", { to: tab, data });
    this.#tune();
  }

  #hearLeader({ tab, state }) {
    // Of two leaders the one with the smaller name stays.
    if (this.#stream && this.#id < tab) {
      this.#lead();
      return;
    }
    const news = this.#leader !== tab;
    this.#gap ||= news && this.#leader !== "";
    this.#stream?.end();
    this.#stream = null;
    this.#leader = tab;
    this.#heard = Date.now();
    this.#show(...state);
    // As one who comes: a leader that has its stream already sends no snapshot for a mere wish.
    if (news) this.#say("hello", { agent: this.#agent });
  }

  #farewell({ tab, led }) {
    this.#tabs.delete(tab);
    if (!led || tab !== this.#leader) return;
    this.#leader = "";
    this.#gap = true;
    // Whoever is seen comes first, for a hidden page may be frozen next.
    const wait = (document.hidden ? JOIN : 0) + Math.random() * SPREAD;
    this.#timers.push(setTimeout(() => !this.#leader && this.#channel && this.#lead(), wait));
  }

  /** Lead, or say again that this tab does. */
  #lead() {
    if (!this.#stream) {
      this.#leader = this.#id;
      led(Date.now());
      this.#stream = new Stream(
        (kind, text, gap) => this.#pass(kind, text, gap),
        (state, until) => this.#pronounce(state, until),
      );
      this.#say("lead", { state: this.#state });
      this.#tune();
    } else this.#say("lead", { state: this.#state });
  }

  /** Let the stream have all that the tabs show. */
  #tune() {
    const now = Date.now();
    for (const [tab, { at }] of this.#tabs) if (now - at > FORGET) this.#tabs.delete(tab);
    const others = [...this.#tabs.values()].sort((a, b) => b.at - a.at).map((each) => each.agent);
    const agents = [...new Set([this.#agent, ...others])].filter(Boolean).slice(0, MOST);
    this.#stream.follow(agents);
  }

  #pass(name, text, gap) {
    if (Date.now() - led() > FRESH / 3) led(Date.now());
    this.#say("event", { name, text, gap });
    this.#take(name, parse(text), gap);
  }

  #pronounce(state, until) {
    this.#show(state, until);
    this.#say("lead", { state: [state, until] });
  }

  #show(state, until) {
    this.#state = [state, until];
    if (state === "broken") this.#gap = true;
    this.status(state, until);
  }

  #take(name, data, gap) {
    if (name === "ping") return;
    const missed = gap || this.#gap;
    if (name === "snapshot" && !data.agent) this.#gap = false;
    this.on(name, data, { gap: missed });
  }
}

/** When somebody led last, or note that it is now; a browser that keeps nothing says never. */
function led(now) {
  try {
    if (now !== undefined) localStorage.setItem(LED, now);
    return Number(localStorage.getItem(LED));
  } catch {
    return 0;
  }
}
