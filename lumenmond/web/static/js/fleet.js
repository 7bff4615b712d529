// The fleet: filter, order, groups, and a list of which only the part in sight is in the page.

import { announce, h, onceAFrame, setAttribute, setText } from "./dom.js";
import { count } from "./format.js";
import { daemonDown, emptyFleet, noDatabase, nothingFound, waiting } from "./empty.js";
import { listed, SORTS } from "./order.js";
import { COLUMNS, makeHeading, makeRow, makeTile } from "./row.js";
import { VirtualList } from "./virtual.js";

const REORDER = 3000; // milliseconds between two looks at an order that changes with the samples
const TILE = 300; // the least width of a tile, in pixels
const MARGIN = 90; // what the header and the column titles cover at the top

/** The view of "/". ``context`` brings the store and what the page can do. */
export class Fleet {
  title = "fleet";
  #items = [];
  #selected = null;
  #ordered = 0;

  constructor(root, context, query) {
    this.root = root;
    this.context = context;
    this.store = context.store;
    this.options = {
      filter: query.get("q") ?? "", sort: valid(query.get("sort") ?? stored("sort")),
      turned: query.get("turned") === "1",
      group: (query.get("group") ?? stored("group")) === "tag",
      compact: (query.get("compact") ?? stored("compact")) === "1",
    };
    this.#build();
    const frame = onceAFrame(() => this.list.render());
    this.draw = onceAFrame(() => this.#draw());
    this.off = [
      this.store.listen((what) => this.#changed(what)),
      on(window, "scroll", frame, { passive: true }), on(window, "resize", this.draw),
    ];
    this.timer = setInterval(() => this.#tick(), 1000);
    this.#draw();
  }

  unmount() {
    clearInterval(this.timer);
    clearTimeout(this.saying);
    for (const off of this.off) off();
  }

  #build() {
    this.filter = h("input", {
      type: "search", id: "filter", autocomplete: "off", spellcheck: "false",
      placeholder: "name #tag state -not", "aria-label": "Filter hosts",
      oninput: () => this.#set({ filter: this.filter.value }),
    });
    this.filter.value = this.options.filter;
    this.sort = h("select", { "aria-label": "Sort by", onchange: () => this.#sortBy(this.sort.value) },
      ...Object.entries(SORTS).map(([name, { title }]) => h("option", { value: name, text: title })));
    this.turn = toggle("↑", "Turn the order round", () => this.#set({ turned: !this.options.turned }));
    this.group = toggle("by tag", null, () => this.#set({ group: !this.options.group }));
    this.compact = toggle("compact", null, () => this.#set({ compact: !this.options.compact }));
    this.found = h("span", { class: "dim found" });
    this.head = h("div", { role: "row", class: "row head", "aria-rowindex": "1" },
      ...COLUMNS.map((column) => this.#columnHead(column)));
    this.body = h("div", { role: "rowgroup", class: "rows" });
    this.table = h("div", { role: "table", "aria-label": "Hosts", class: "table" },
      h("div", { role: "rowgroup", class: "headgroup" }, this.head), this.body);
    this.legend = h("p", { class: "dim legend-line", text: "Beside each host: CPU, memory, disk." });
    this.state = h("div", { class: "empty" });
    this.root.replaceChildren(
      h("h1", { class: "hidden", tabindex: "-1", text: "Fleet" }),
      h("section", { class: "panel fleet", "box-": "round", "shear-": "top", "aria-label": "Fleet" },
        h("div", { class: "panel-title", role: "search" },
          h("label", { class: "prompt" }, h("span", { "aria-hidden": "true", text: "/" }), this.filter),
          this.found, h("span", { class: "grow" }),
          h("label", { class: "sort" }, this.sort), this.turn, this.group, this.compact),
        this.legend, this.table, this.state));
    this.list = new VirtualList(this.body, (item) => this.#make(item));
    this.body.addEventListener("focusin", (event) => this.#focused(event));
    this.body.addEventListener("click", (event) => this.#clicked(event));
  }

  #columnHead({ name, title, sort }) {
    const button = h("button", { type: "button", class: "sorter", onclick: () => this.#sortBy(sort) },
      title, h("span", { class: "arrow", "aria-hidden": "true" }));
    return h("span", { role: "columnheader", class: `c-${name}`, "data-sort": sort }, button);
  }

  #make(item) {
    const clock = () => this.store.now();
    if (item.tag !== undefined) return makeHeading(item);
    return this.options.compact ? makeTile(item, clock) : makeRow(item, clock);
  }

  #changed(what) {
    if (what === "values") return this.#later();
    if (what === "all" || what === "order" || what === "daemon") this.draw();
    return undefined;
  }

  /** New values show at once; what they do to the order waits, and never moves a row pointed at. */
  #later() {
    if (!this.refresh) this.refresh = onceAFrame(() => this.list.refresh());
    this.refresh();
  }

  #tick() {
    const busy = this.body.matches(":hover") || this.body.contains(document.activeElement);
    if (!busy && Date.now() - this.#ordered > REORDER) this.#draw();
    else this.list.refresh();
  }

  #sortBy(sort) {
    this.#set({ sort, turned: sort === this.options.sort ? !this.options.turned : false });
    announce(`Sorted by ${SORTS[sort].title}${this.options.turned ? ", reversed" : ""}`);
  }

  #set(change) {
    const before = this.options;
    this.options = { ...before, ...change };
    const { filter, sort, turned, group, compact } = this.options;
    for (const [name, value] of [["sort", sort], ["group", group ? "tag" : ""],
      ["compact", compact ? "1" : "0"]]) localStorage.setItem(`fleet.${name}`, value);
    const query = new URLSearchParams();
    if (filter) query.set("q", filter);
    if (sort !== "worst") query.set("sort", sort);
    if (turned) query.set("turned", "1");
    if (group) query.set("group", "tag");
    if (compact) query.set("compact", "1");
    history.replaceState(history.state, "", query.size ? `/?${query}` : "/");
    if (before.compact !== compact) {
      this.body.replaceChildren();
      this.list = new VirtualList(this.body, (item) => this.#make(item));
    }
    this.#draw();
    if ("filter" in change) this.#sayFound();
  }

  #sayFound() {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => announce(this.found.textContent), 600);
  }

  #draw() {
    this.#ordered = Date.now();
    const agents = [...this.store.agents.values()];
    const { filter, sort, turned, group, compact } = this.options;
    this.#items = listed(agents, this.options);
    const shown = new Set(this.#items.filter((each) => each.agent).map((each) => each.agent.id)).size;
    setText(this.found, filter ? `${count(shown)} of ${count(agents.length)}` : "");
    this.sort.value = sort;
    for (const [button, pressed] of [[this.turn, turned], [this.group, group],
      [this.compact, compact]]) setAttribute(button, "aria-pressed", pressed);
    for (const head of this.head.children) {
      const by = head.dataset.sort === sort;
      const down = (sort === "name") === turned;
      setAttribute(head, "aria-sort", by ? (down ? "descending" : "ascending") : null);
    }
    this.table.classList.toggle("compact", compact);
    this.table.hidden = !shown;
    this.legend.hidden = !shown || !compact;
    this.#showState(agents.length, shown);
    setAttribute(this.table, "aria-rowcount", this.#items.length + 1);
    this.#layout(compact);
  }

  #layout(compact) {
    const style = getComputedStyle(this.body);
    const [row, tile, heading] = ["--row", "--tile", "--heading"].map(
      (name) => Number.parseFloat(style.getPropertyValue(name)));
    const columns = compact ? Math.max(1, Math.floor(this.body.clientWidth / TILE)) : 1;
    this.columns = columns;
    this.body.style.setProperty("--columns", columns);
    const measure = (item) => (item.tag === undefined ? (compact ? tile : row) : heading);
    this.list.set(this.#items, measure, columns);
  }

  #showState(all, shown) {
    const { loaded, daemon, database } = this.store;
    const none = database ? "database" : daemon === "down" ? "down" : "empty";
    const what = !loaded ? "waiting" : !all ? none : !shown ? "nothing" : "";
    if (this.state.dataset.what === what) return;
    this.state.dataset.what = what;
    const parts = {
      waiting: () => waiting(),
      empty: () => emptyFleet(this.context),
      down: () => daemonDown(),
      database: () => noDatabase(database),
      nothing: () => nothingFound(() => this.#clear()),
      "": () => [],
    };
    this.state.replaceChildren(...[parts[what]()].flat());
  }

  #clear() {
    this.filter.value = "";
    this.#set({ filter: "" });
    this.filter.focus();
  }

  #focused(event) {
    const key = event.target.closest?.("[data-key]")?.dataset.key;
    if (key) this.#selected = key;
  }

  #clicked(event) {
    if (event.target.closest("a") || getSelection()?.toString()) return;
    event.target.closest("[data-key]")?.querySelector("a.host")?.click();
  }

  /** Move the selection by ``step`` rows; headings are passed over. */
  move(step) {
    const at = this.#items.findIndex((item) => item.key === this.#selected);
    const sign = Math.sign(step);
    let next = at < 0 ? (sign > 0 ? 0 : this.#items.length - 1) : at + step;
    while (this.#items[next] && !this.#items[next].agent) next += sign;
    const item = this.#items[next];
    if (!item) return;
    this.#selected = item.key;
    this.list.reveal(next, MARGIN);
    this.list.part(item.key)?.element.querySelector("a.host")?.focus({ preventScroll: true });
  }

  /** The agent that r and d mean: the one with the focus. */
  selected() {
    const inside = this.body.contains(document.activeElement);
    return inside ? this.#items.find((item) => item.key === this.#selected)?.agent : undefined;
  }

  keys = {
    j: () => this.move(1), k: () => this.move(-1),
    ArrowDown: () => this.move(this.options.compact ? this.columns : 1),
    ArrowUp: () => this.move(this.options.compact ? -this.columns : -1),
    ArrowRight: () => this.options.compact && this.move(1),
    ArrowLeft: () => this.options.compact && this.move(-1),
    g: () => { this.#selected = null; this.move(1); },
    G: () => { this.#selected = null; this.move(-1); },
    "/": () => this.filter.select(),
    c: () => this.#set({ compact: !this.options.compact }),
    t: () => this.#set({ group: !this.options.group }),
    Escape: () => this.#escape(),
  };

  #escape() {
    if (this.options.filter) this.#clear();
    document.activeElement?.blur();
  }
}

function toggle(text, label, onclick) {
  return h("button", {
    type: "button", class: "toggle", "aria-pressed": "false", "aria-label": label, text, onclick,
  });
}

function on(target, kind, listener, options) {
  target.addEventListener(kind, listener, options);
  return () => target.removeEventListener(kind, listener, options);
}

function stored(name) {
  return localStorage.getItem(`fleet.${name}`) ?? "";
}

function valid(sort) {
  return sort in SORTS ? sort : "worst";
}
