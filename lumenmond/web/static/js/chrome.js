// What stands around every view: the counts, the stream's state, banners, the buttons.

import { announce, h, setAttribute, setText, visible } from "./dom.js";
import { count } from "./format.js";
import { STATES, tally } from "./health.js";
import { announceLogout } from "./session.js";

const COUNTED = ["offline", "stale", "never", "online"];
const PATIENCE = 2500; // milliseconds that a break may last before a banner moves the page for it
const NEWS = {
  stream: "The live stream is broken. The values shown are old.",
  daemon: "The console's daemon is down.", "": "Live again",
  trouble: "The console's database needs attention.",
};

/** The header and the banners of the page. */
export class Chrome {
  #counts = new Map();
  #stream = "opening";
  #until = 0;
  #since = null;
  #trouble = "";

  constructor(store, actions) {
    this.store = store;
    this.banner = document.getElementById("banner");
    this.banner.dataset.what = "";
    this.live = document.getElementById("live");
    this.liveDot = this.live.querySelector(".live-dot");
    this.liveText = this.live.querySelector(".live-text");
    this.#buildCounts(document.getElementById("counts"));
    bind("invite", actions.invite);
    bind("help", actions.help);
    bind("retry", actions.retry);
    bind("logout", actions.logout);
    store.listen((what, detail) => this.#changed(what, detail));
    setInterval(() => this.#showStream(), 500);
    setInterval(() => this.#count(), 3000);
  }

  /** The stream is "live" or "broken"; if so, it is tried again at ``until``. */
  stream(state, until = 0) {
    this.#stream = state;
    this.#until = until;
    this.#showStream();
  }

  #showStream() {
    const left = Math.max(0, Math.ceil((this.#until - Date.now()) / 1000));
    const broken = this.#stream === "broken";
    const old = broken || this.store.daemon === "down";
    if (old) this.#since ??= Date.now();
    else this.#since = null;
    const long = old && Date.now() - this.#since > PATIENCE;
    const words = {
      live: "live", opening: "connecting", broken: left ? `retry in ${left} s` : "trying", down: "daemon down",
    };
    const state = this.#stream === "live" && this.store.daemon === "down" ? "down" : this.#stream;
    setAttribute(this.live, "data-state", state);
    setText(this.liveDot, { live: "●", opening: "○" }[state] ?? "✖");
    setText(this.liveText, words[state]);
    const now = this.store.trouble ? "trouble" : "";
    this.#show(!long ? now : broken ? "stream" : "daemon");
  }

  #show(what) {
    const { trouble } = this.store;
    if (this.banner.dataset.what === what && (what !== "trouble" || this.#trouble === trouble)) return;
    this.#trouble = trouble;
    this.banner.dataset.what = what;
    this.banner.hidden = !what;
    document.body.classList.toggle("old-values", Boolean(what) && what !== "trouble");
    const text = {
      stream: "The live stream is broken: what you see is old. Trying to come back…",
      daemon: "lumenmond is down: what you see is old. Agents keep their samples until it is back. "
        + "On the console: sudo lumenmonctl doctor",
      trouble: `${trouble}. What you see is live. `
        + "On the console: sudo lumenmonctl doctor",
      "": "",
    }[what];
    setText(this.banner.querySelector(".banner-text"), text);
    this.banner.querySelector("#retry").hidden = what !== "stream";
    announce(NEWS[what]);
  }

  #buildCounts(box) {
    for (const name of COUNTED) {
      const number = h("strong", { text: "0" });
      const { glyph, word } = STATES[name];
      const link = h("a", {
        href: `/?q=${encodeURIComponent(word)}`, "data-nav": true, class: "count", "data-state": name,
        hidden: true,
      }, h("span", { "aria-hidden": "true", text: glyph }), " ", number,
      h("span", { class: "count-word", text: ` ${word}` }));
      this.#counts.set(name, { link, number });
      box.append(link);
    }
    this.troubles = h("strong");
    this.troubled = h("span", { class: "count", "data-state": "troubled", hidden: true },
      h("span", { "aria-hidden": "true", text: "▲ " }), this.troubles,
      h("span", { class: "count-word", text: " with trouble" }));
    box.append(this.troubled);
  }

  #changed(what, { agent, before } = {}) {
    if (what === "daemon") this.#showStream();
    if (what === "order" && agent && before && agent.state !== before.state) this.#moved(agent);
    if (what === "order" && agent && !before && this.store.loaded) this.#say(`${agent.name} is new`);
    if (what === "all" || what === "order") this.#count();
  }

  #count() {
    const counts = tally(this.store.agents.values());
    for (const [name, { link, number }] of this.#counts) {
      setText(number, count(counts[name]));
      // Before they are known, a count of none would be a lie, and would move.
      link.hidden = !this.store.loaded || (!counts[name] && name !== "online");
    }
    this.troubled.hidden = !counts.troubled;
    setText(this.troubles, count(counts.troubled));
    const bad = counts.offline + counts.stale + counts.troubled;
    this.mark = bad ? `(${bad}) ` : "";
    this.retitle();
  }

  /** Set the page's title: how many hosts are away or in trouble, then what is shown. */
  retitle(title) {
    if (title !== undefined) this.title = title;
    const text = `${this.mark ?? ""}${visible(this.title ?? "")} · lumenmon`;
    if (document.title !== text) document.title = text;
  }

  #moved(agent) {
    this.#say(`${agent.name} is ${STATES[agent.state].word}`);
  }

  /** Several changes in a moment are said in one sentence. */
  #say(text) {
    this.news = [...(this.news ?? []), text];
    clearTimeout(this.saying);
    this.saying = setTimeout(() => {
      const more = this.news.length - 3;
      announce(this.news.slice(0, 3).join(", ") + (more > 0 ? ` and ${more} more changes` : ""));
      this.news = [];
    }, 700);
  }
}

function bind(id, action) {
  document.getElementById(id).addEventListener("click", action);
}

/** End the session. */
export async function logout() {
  const token = document.querySelector('meta[name="csrf"]').content;
  await fetch("/logout", { method: "POST", headers: { "X-CSRF-Token": token } }).catch(() => {});
  announceLogout();
}
