// What is shown where there is nothing to show: why, and what to do about it.

import { h, visible } from "./dom.js";

/** Before the first snapshot. */
export function waiting() {
  return h("p", { class: "state-text", role: "status" },
    h("span", { class: "cursor", "aria-hidden": "true", text: "▌" }), " asking the console…");
}

/** No agent is enrolled yet. */
export function emptyFleet({ admin, invite }) {
  const how = admin()
    ? [
      h("p", { text: "Make a link here and paste it on the server that you want to watch:" }),
      h("p", {}, h("button", { type: "button", class: "action", onclick: invite, text: "Invite a host" }),
        h("span", { class: "dim" }, " or press ", h("kbd", { text: "i" }))),
    ]
    : [
      h("p", { text: "You may look, not invite. An administrator types on the console:" }),
      h("pre", { class: "code", text: "sudo lumenmonctl invite" }),
    ];
  return h("div", { class: "state-text" },
    h("p", { class: "state-title", text: "No hosts yet." }), ...how);
}

const DOCTOR = "sudo lumenmonctl doctor";

/** The daemon is down, and no agent is known from before. */
export function daemonDown() {
  return h("div", { class: "state-text" },
    h("p", { class: "state-title", text: "lumenmond is down." }),
    h("p", { text: "No host is known from before. Those that there are keep their samples and "
      + "send them when it is back; this page shows them by itself then. What is wrong, says:" }),
    h("pre", { class: "code", text: DOCTOR }));
}

/** The database cannot be read: ``live`` says that what is measured now is shown all the same. */
export function noDatabase(reason, { live = false } = {}) {
  return h("div", { class: "state-text no-database" },
    h("p", { class: "state-title" }, h("span", { "aria-hidden": "true", text: "▲ " }),
      "The database cannot be read."),
    h("p", { class: "dim", text: visible(reason) }),
    h("p", { text: live
      ? "What is measured now is shown, the past is not."
      : "So nothing is known of the hosts. They keep their samples meanwhile." }),
    h("p", { text: "It may be being restored from a backup: then all of it comes back here by "
      + "itself. If not, this says what is wrong:" }),
    h("pre", { class: "code", text: DOCTOR }));
}

/** The host is enrolled, and nothing was received from it. */
export function nothingYet() {
  return h("div", { class: "state-text" },
    h("p", { class: "state-title", text: "Nothing has come from this host yet." }),
    h("p", { text: "Its first values show here by themselves, seconds after it connects. If it does "
      + "not, this says on the host what is in the way:" }),
    h("pre", { class: "code", text: DOCTOR }));
}

/** The filter matches nothing. */
export function nothingFound(clear) {
  return h("div", { class: "state-text" },
    h("p", { class: "state-title", text: "No host matches the filter." }),
    h("p", {}, h("button", { type: "button", class: "action", onclick: clear, text: "Clear it" }),
      h("span", { class: "dim" }, " or press ", h("kbd", { text: "Esc" }))));
}

/** The address names a host that is not there. */
export function noSuchHost(id) {
  return h("div", { class: "state-text" },
    h("p", { class: "state-title", text: "There is no such host." }),
    h("p", {}, "The console knows no ", h("code", { text: id }), ". It may have been removed."),
    h("p", {}, h("a", { href: "/", "data-nav": true, text: "Back to the fleet" })));
}

/** Something could not be fetched. */
export function failed(message, again) {
  return h("div", { class: "state-text", role: "alert" },
    h("p", { class: "state-title", text: message }),
    h("p", {}, h("button", { type: "button", class: "action", onclick: again, text: "Try again" })));
}
