// The session is one for all tabs of a browser: when it ends, it ends in each of them.

const channel = globalThis.BroadcastChannel && new BroadcastChannel("lumenmon-session");
const listeners = new Set();
let ended = false;

/** Be told before this tab leaves for the login. */
export function onLogout(listener) {
  listeners.add(listener);
}

/** Leave for the login page, and come back here after it. */
export function toLogin() {
  if (ended) return;
  ended = true;
  for (const listener of listeners) listener();
  const here = location.pathname + location.search;
  location.assign(here === "/" ? "/login" : `/login?next=${encodeURIComponent(here)}`);
}

/** Leave, and let every other tab leave as well. */
export function announceLogout() {
  channel?.postMessage("ended");
  toLogin();
}

if (channel) channel.onmessage = toLogin;
addEventListener("pageshow", (event) => event.persisted && ended && location.reload());
