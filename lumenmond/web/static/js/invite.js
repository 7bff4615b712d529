// Inviting a host: the link, the line to paste, a countdown, and the host as it appears.

import * as api from "./api.js";
import { copyButton } from "./clipboard.js";
import { announce, foreign, h, setText, visible } from "./dom.js";
import { open } from "./dialogs.js";
import { countdown } from "./format.js";

const REFRESH = 5000; // milliseconds between two looks at the pending invites

/** The dialog of invites. */
export function inviteDialog(store) {
  new Invite(store);
}

class Invite {
  #current = null;
  #pending = [];

  constructor(store) {
    this.store = store;
    this.known = new Set(store.agents.keys());
    this.error = h("p", { class: "error", role: "alert" });
    this.make = h("button", { type: "button", class: "action", text: "Make a link", onclick: () => this.#make() });
    this.fresh = h("div", { class: "fresh" });
    this.joined = h("div", { class: "joined" });
    this.list = h("ul", { class: "pending" });
    this.listTitle = h("h3", { text: "Pending" });
    const dialog = open("Invite a host",
      h("p", { text: "A link lets one host in, once, within five minutes." }),
      h("p", {}, this.make), this.error, this.joined, this.fresh, this.listTitle, this.list);
    dialog.classList.add("wide");
    this.make.focus();
    const tick = setInterval(() => this.#tick(), 500);
    const poll = setInterval(() => this.#load(), REFRESH);
    const off = store.listen((what, { agent } = {}) => this.#changed(what, agent));
    dialog.addEventListener("close", () => {
      clearInterval(tick);
      clearInterval(poll);
      off();
    });
    this.#load();
    this.#showPending();
  }

  async #try(work) {
    this.error.textContent = "";
    try {
      await work();
    } catch (failure) {
      this.error.textContent = visible(failure.message);
    }
  }

  async #make() {
    this.make.disabled = true;
    await this.#try(async () => {
      this.#show(await api.invite());
      await this.#load();
    });
    this.make.disabled = false;
  }

  #show(invite) {
    this.#current = invite;
    this.left = h("strong", { class: "left" });
    const line = (label, text) => h("div", { class: "copyline" },
      h("span", { class: "label", text: label }),
      h("code", { class: "code", tabindex: "0", text }), copyButton(() => text, label));
    this.fresh.replaceChildren(
      ...invite.install ? [line("the line to paste on the host", invite.install)] : [],
      line(invite.install ? "or, where lumenmon-agentd is installed" : "the line to paste on the host",
        invite.command),
      line("the link", invite.link),
      h("p", {}, h("span", { class: "cursor", "aria-hidden": "true", text: "▌" }),
        " waiting for the host; the link is good for ", this.left));
    this.make.textContent = "Make another";
    this.#tick();
    announce("The link is ready. It is good for five minutes.");
    this.fresh.querySelector("button").focus();
  }

  async #load() {
    await this.#try(async () => {
      this.#pending = await api.invites();
      this.#showPending();
    });
  }

  #showPending() {
    const now = this.store.now();
    const open_ = this.#pending.filter((invite) => invite.expires > now);
    this.listTitle.hidden = !open_.length;
    const shown = open_.map((invite) => invite.user).join();
    if (this.list.dataset.shown !== shown) {
      this.list.dataset.shown = shown;
      this.list.replaceChildren(...open_.map((invite) => this.#entry(invite)));
    }
    for (const entry of this.list.children) {
      setText(entry.querySelector(".left"), countdown(entry.expires - now));
    }
  }

  #entry(invite) {
    const revoke = h("button", {
      type: "button", class: "action danger small", text: "revoke", "aria-label": `Revoke ${invite.user}`,
      onclick: () => this.#revoke(invite),
    });
    const entry = h("li", {}, h("code", { text: invite.user }), h("span", { class: "left" }), revoke);
    entry.expires = invite.expires;
    return entry;
  }

  async #revoke({ user }) {
    await this.#try(async () => {
      await api.revoke(user);
      announce("Revoked");
      if (this.#current?.user === user) this.#end("The link was revoked.");
      await this.#load();
      this.make.focus();
    });
  }

  #end(text) {
    this.#current = null;
    this.fresh.replaceChildren(h("p", { class: "dim", text }));
    this.make.textContent = "Make a link";
  }

  #tick() {
    this.#showPending();
    if (!this.#current) return;
    const left = this.#current.expires - this.store.now();
    setText(this.left, countdown(left));
    if (left <= 0) this.#end("The link has expired. Nobody used it.");
  }

  #changed(what, agent) {
    if (what === "all") {
      for (const each of this.store.agents.values()) this.#welcome(each);
    } else if (what === "order" && agent) this.#welcome(agent);
  }

  #welcome(agent) {
    if (this.known.has(agent.id)) return;
    this.known.add(agent.id);
    this.joined.append(h("p", { class: "is-online" }, "● ",
      h("a", { href: `/host/${encodeURIComponent(agent.id)}`, "data-nav": true }, foreign(agent.name)),
      " has joined."));
    announce(`${agent.name} has joined`);
    if (this.#current) this.#end("The link has been used.");
    this.#load();
  }
}
