// One host: its facts, its charts over a range, and all its values.

import * as api from "./api.js";
import { Charts } from "./charts.js";
import { remove, rename, tag } from "./dialogs.js";
import { foreign, h, setAttribute, setText, visible } from "./dom.js";
import { failed, noDatabase, noSuchHost, nothingYet, waiting } from "./empty.js";
import { factList } from "./facts.js";
import { STATES, troubles } from "./health.js";
import { Range, RANGES } from "./range.js";
import { Values } from "./values.js";

const AGAIN = 5000; // milliseconds between two looks whether the database can be read again
const STORED = [1500, 3000, 5000, 10000]; // milliseconds after which a new metric is looked for

/** The view of "/host/ID". */
export class Host {
  #loaded = false;
  #known = new Set();
  #seen = new Set();
  #waits = 0;
  #ended = false;

  constructor(root, context, id, query) {
    this.root = root;
    this.context = context;
    this.store = context.store;
    this.id = id;
    this.range = Range.read(query);
    this.title = this.store.agents.get(id)?.name ?? "host";
    this.charts = new Charts(id, this.store, {
      zoom: (from, to) => this.show(new Range({ from: Math.floor(from), to: Math.ceil(to) })),
      reset: () => this.#reset(),
    });
    this.values = new Values(id, this.store);
    this.#build();
    this.off = this.store.listen((what, detail) => this.#changed(what, detail));
    this.timer = setInterval(() => this.#tick(), 1000);
    this.#load();
  }

  unmount() {
    this.#ended = true;
    clearInterval(this.timer);
    clearTimeout(this.reload);
    this.off();
    this.charts.unmount();
    this.values.unmount();
  }

  #build() {
    this.name = foreign(this.title);
    this.glyph = h("span", { "aria-hidden": "true", class: "glyph" });
    this.word = h("span", { class: "word" });
    this.why = foreign("", { class: "why" });
    this.tags = h("span", { class: "tags" });
    this.status = h("span", { class: "status" }, this.glyph, " ", this.word);
    const act = (text, key, action) => h("button", {
      type: "button", class: "action", onclick: () => this.selected() && action(this.selected()),
    }, text, key ? h("kbd", { "aria-hidden": "true", text: key }) : "");
    this.actions = h("span", { class: "actions" }, act("rename", "r", rename), act("tag", "", tag),
      act("remove", "d", (agent) => remove(agent, () => this.context.go("/"))));
    this.facts = factList();
    this.body = h("div", {}, waiting());
    this.notice = h("div", { role: "status" });
    this.past = h("section", { class: "past-charts", "aria-label": "Charts" },
      this.#ranges(), this.charts.element);
    this.content = [
      h("section", { class: "panel", "box-": "round", "shear-": "top", "aria-label": "Facts" },
        h("div", { class: "panel-title" }, h("h2", { text: "Facts" })), this.facts.element),
      this.notice, this.past, this.values.element,
    ];
    this.root.replaceChildren(
      h("div", { class: "host-head" },
        h("a", { href: "/", "data-nav": true, class: "back", "aria-label": "Back to the fleet", text: "←" }),
        h("h1", { tabindex: "-1" }, this.name), this.status, this.tags, this.why,
        h("span", { class: "grow" }), this.actions),
      this.body);
    this.#show(true); // until it is known to be gone: what comes late would move the page
  }

  #ranges() {
    this.buttons = RANGES.map(([name, , words]) => h("button", {
      type: "button", class: "toggle", text: name, "aria-label": `${name}: last ${words}`,
      onclick: () => this.show(new Range({ name })),
    }));
    const step = (text, label, change) => h("button", {
      type: "button", class: "toggle", "aria-label": label, text,
      onclick: () => this.show(change(this.store.now())),
    });
    this.shown = h("span", { class: "dim shown" });
    this.reset = h("button", {
      type: "button", class: "action", text: "back to live", hidden: true, onclick: () => this.#reset(),
    });
    return h("div", { class: "ranges", role: "group", "aria-label": "Range of the charts" },
      ...this.buttons,
      h("span", { class: "steps" },
        step("‹", "Earlier", (now) => this.range.moved(-0.5, now)),
        step("›", "Later", (now) => this.range.moved(0.5, now)),
        step("+", "Zoom in", (now) => this.range.zoomed(0.5, now)),
        step("−", "Zoom out", (now) => this.range.zoomed(2, now))),
      this.shown, this.reset);
  }

  /** Fetch all that is known. ``anew`` loads the charts again too, for what was missed. */
  async #load({ anew = true } = {}) {
    const heard = this.store.heard(this.id);
    try {
      const { agent: answered, metrics, database } = await api.agent(this.id);
      if (this.#ended) return;
      this.#loaded = true;
      const agent = this.store.answer(answered, heard);
      if (!agent) {
        this.#gone();
        return;
      }
      if (database) for (const each of metrics) each.stored = false;
      this.#remark(database, !metrics.length && !Object.keys(agent.latest).length);
      this.#show(true);
      this.#known = new Set(metrics.map((each) => each.metric));
      for (const metric of Object.keys(agent.latest)) this.#seen.add(metric);
      if (this.body.firstChild !== this.content[0]) this.body.replaceChildren(...this.content);
      this.charts.metrics(database ? [] : metrics, agent.latest);
      this.values.metrics(metrics, agent.latest);
      if (anew) this.show(this.range, { address: false });
      this.#update();
      if (!database) this.#await(Object.keys(agent.latest));
    } catch (failure) {
      if (this.#ended) return;
      const again = () => this.#load();
      if (failure.status === 404) this.#gone();
      else this.body.replaceChildren(failed(failure.message, again));
      if (failure.status === 503) this.reload = setTimeout(again, AGAIN);
    }
  }

  /** Say that the database cannot be read, and look again; or that there is nothing yet. */
  #remark(reason = "", bare = false) {
    this.past.hidden = Boolean(reason) || bare;
    this.values.element.hidden = bare && !reason;
    const what = reason || (bare ? "bare" : "");
    if (this.notice.dataset.what !== what) {
      this.notice.dataset.what = what;
      const said = reason ? noDatabase(reason, { live: true }) : bare && nothingYet();
      this.notice.replaceChildren(...[said].filter(Boolean));
    }
    clearTimeout(this.reload);
    if (reason) this.reload = setTimeout(() => this.#load(), AGAIN);
  }

  /** A metric that is new is stored after some seconds: until then it has no chart. */
  #await(metrics) {
    if (!metrics.some((metric) => !this.#known.has(metric)) || this.#waits >= STORED.length) return;
    clearTimeout(this.reload);
    this.reload = setTimeout(() => this.#load({ anew: false }), STORED[this.#waits]);
    this.#waits += 1;
  }

  /** Show another range, and say so in the address. */
  show(range, { address = true } = {}) {
    if (range.live) this.before = range;
    this.range = range;
    if (address) history.replaceState(history.state, "", `${location.pathname}?${range.query()}`);
    this.buttons.forEach((button, index) =>
      setAttribute(button, "aria-pressed", String(RANGES[index][0] === range.name)));
    setText(this.shown, range.live ? "drag a chart to zoom" : range.text());
    this.reset.hidden = range.live;
    this.charts.show(range);
  }

  #reset() {
    if (!this.range.live) this.show(this.before ?? new Range({ name: "1h" }));
  }

  #changed(what, { agent, before, samples, snapshot, gap } = {}) {
    if (what === "values" && agent.id === this.id) this.#take(samples);
    if (what === "all") this.#looked(gap);
    if (what !== "order") return;
    if (agent?.id === this.id && this.#loaded) this.#refresh(agent);
    else if (agent?.id === this.id && !before && !snapshot) this.#load(); // it is back
    else if (!agent && before?.id === this.id) this.#gone();
  }

  #refresh(agent) {
    this.#update();
    this.#notice(Object.keys(agent.latest));
  }

  /** The whole fleet is known again: after a break, what was missed is fetched. */
  #looked(gap) {
    if (!this.#loaded) return;
    const agent = this.selected();
    if (agent) this.#refresh(agent);
    else if (this.store.daemon === "up") this.#gone();
    if (gap) this.#load();
  }

  /** The console knows no such host, or no longer: nothing can be done with it. */
  #gone() {
    this.#show(false);
    setText(this.why, "");
    this.#loaded = false;
    document.querySelector("dialog[open]:has(form)")?.close();
    this.body.replaceChildren(noSuchHost(this.id));
  }

  #show(there) {
    this.actions.hidden = !there || !this.context.admin();
    for (const part of [this.status, this.tags]) part.hidden = !there;
  }

  #take(samples) {
    if (!this.#loaded) return;
    this.charts.samples(samples);
    this.values.samples(samples);
    this.#notice(samples.map(([metric]) => metric));
  }

  /** Look for metrics of which nothing was known. */
  #notice(metrics) {
    const fresh = metrics.filter((metric) => !this.#seen.has(metric));
    if (!fresh.length) return;
    for (const metric of fresh) this.#seen.add(metric);
    this.#waits = 0;
    this.#await(fresh);
  }

  #update() {
    const agent = this.store.agents.get(this.id);
    if (!agent) return;
    const { glyph, word } = STATES[agent.state] ?? STATES.never;
    setText(this.name, visible(agent.name));
    setAttribute(this.status, "data-state", agent.state);
    setText(this.glyph, glyph);
    setText(this.word, word);
    const online = agent.state === "online";
    const worst = troubles(agent).slice(0, 3).map((each) => each.text).join(", ");
    setText(this.why, visible(online ? worst : agent.why));
    if (this.tagged !== agent.tags.join()) {
      this.tagged = agent.tags.join();
      this.tags.replaceChildren(...agent.tags.map((each) => h("a", {
        class: "tag", href: `/?q=${encodeURIComponent(`#${each}`)}`, "data-nav": true,
      }, foreign(`#${each}`))));
    }
    this.facts.update(agent, this.store.now());
    this.context.retitle(agent.name);
  }

  #tick() {
    if (!this.#loaded) return;
    this.#update();
    this.values.tick();
    this.charts.tick();
  }

  /** The agent that r and d mean. */
  selected() {
    return this.store.agents.get(this.id);
  }

  keys = {
    Escape: () => (this.range.live ? this.context.go("/") : this.#reset()),
    "+": () => this.show(this.range.zoomed(0.5, this.store.now())),
    "=": () => this.show(this.range.zoomed(0.5, this.store.now())),
    "-": () => this.show(this.range.zoomed(2, this.store.now())),
    ArrowLeft: () => this.show(this.range.moved(-0.5, this.store.now())),
    ArrowRight: () => this.show(this.range.moved(0.5, this.store.now())),
    "/": () => this.values.filter.focus(),
    j: () => scrollBy({ top: 120 }), k: () => scrollBy({ top: -120 }),
    ...Object.fromEntries(RANGES.map(([name], index) =>
      [String(index + 1), () => this.show(new Range({ name }))])),
  };
}
