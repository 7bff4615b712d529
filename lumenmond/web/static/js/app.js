// The page: one store, one stream, one view at a time.

import * as api from "./api.js";
import { Chrome, logout } from "./chrome.js";
import { help, keysAreOn, remove, rename } from "./dialogs.js";
import { announce } from "./dom.js";
import { Fleet } from "./fleet.js";
import { Host } from "./host.js";
import { inviteDialog } from "./invite.js";
import { Store } from "./store.js";
import { Tabs } from "./tabs.js";

const AGAIN = 5000; // milliseconds between two tries to read a database that cannot be read

const store = new Store();
const root = document.getElementById("view");
let view = null;
let followed = "";
let asking = 0;
const { role } = document.body.dataset;

const context = {
  store,
  admin: () => role === "admin",
  invite,
  go,
  retitle: (title) => chrome.retitle(title),
};
const chrome = new Chrome(store, { invite, help, logout, retry: () => stream.retry() });
const stream = new Tabs(
  (kind, data, about) => take(kind, data, about),
  (state, until) => chrome.stream(state, until),
  () => store.snapshot(),
);

function take(kind, data, about) {
  store.take(kind, data, about);
  if (kind === "snapshot") fromDatabase();
}

/** While the daemon was never there the stream knows no agents, but the database does. */
async function fromDatabase() {
  clearTimeout(asking);
  const wanted = () => store.daemon === "down" && !store.agents.size;
  if (!wanted()) return;
  const known = await api.agents().catch(() => null);
  if (!wanted()) return;
  if (known) store.take("snapshot", known);
  if (store.database) asking = setTimeout(fromDatabase, AGAIN);
}

function invite() {
  if (context.admin()) inviteDialog(store);
  else announce("Only an administrator can invite");
}

/** The host that the address names; "" for the fleet. */
function named() {
  const found = location.pathname.match(/^\/host\/([^/]+)\/?$/);
  return found ? decodeURIComponent(found[1]) : "";
}

function show({ focus = true } = {}) {
  const id = named();
  const query = new URLSearchParams(location.search);
  view?.unmount();
  document.body.dataset.view = id ? "host" : "fleet";
  if (followed !== id || !view) {
    followed = id;
    stream.follow(id);
  }
  view = id ? new Host(root, context, id, query) : new Fleet(root, context, query);
  chrome.retitle(view.title);
  if (focus) root.querySelector("h1")?.focus({ preventScroll: true });
}

function go(address) {
  history.replaceState({ scroll: scrollY }, "");
  history.pushState({}, "", address);
  show();
  scrollTo(0, 0);
}

function dialogOpen() {
  return document.querySelector("dialog[open]");
}

function onClick(event) {
  const link = event.target.closest?.("a[data-nav]");
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !plain) return;
  event.preventDefault();
  dialogOpen()?.close();
  go(link.getAttribute("href"));
}

const KEYS = {
  "?": help,
  i: invite,
  r: () => act(rename),
  d: () => act((agent) => remove(agent, () => named() === agent.id && go("/"))),
};

function act(action) {
  const agent = view.selected();
  if (agent && context.admin()) action(agent);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || dialogOpen()) return;
  // A dialog that just closed still has the focus, until its event comes.
  const typing = event.target.matches?.(":is(input, select, textarea):not(dialog:not([open]) *)");
  const leaves = event.key === "Escape" || (event.key === "ArrowDown" && event.target.id === "filter")
    || (event.key === "Enter" && event.target.id === "filter");
  if (typing && !leaves) return;
  if (event.key.length === 1 && !keysAreOn()) return;
  const key = typing && event.key === "Enter" ? "ArrowDown" : event.key;
  const action = view.keys[key] ?? KEYS[key];
  if (!action) return;
  event.preventDefault();
  action();
}

function start() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  addEventListener("popstate", (event) => {
    dialogOpen()?.close();
    show();
    scrollTo(0, event.state?.scroll ?? 0);
  });
  history.scrollRestoration = "manual";
  show({ focus: false });
}

start();
