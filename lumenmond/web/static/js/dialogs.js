// Dialogs: one frame for all, and those that change an agent.

import * as api from "./api.js";
import { announce, foreign, h, visible } from "./dom.js";
import { moment } from "./format.js";

/** Open a dialog; returns it. It is gone from the page once it is closed. */
export function open(title, ...content) {
  const had = document.activeElement;
  const heading = h("h2", { id: "dialog-title" }, ...[title].flat());
  const close = h("button", { type: "button", class: "close", "aria-label": "Close", text: "✕" });
  const dialog = h("dialog", {
    "aria-labelledby": "dialog-title", "box-": "round", "shear-": "top", class: "panel",
  }, h("div", { class: "panel-title" }, heading, h("span", { class: "grow" }), close),
  h("div", { class: "dialog-body" }, ...content));
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (had?.isConnected) had.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A form in a dialog. ``send()`` does the work; the dialog closes when it worked. */
function form(title, fields, { verb, send, danger = false }) {
  const error = h("p", { class: "error", role: "alert" });
  const submit = h("button", {
    type: "submit", class: danger ? "action primary danger" : "action primary", text: verb,
  });
  const cancel = h("button", { type: "button", class: "action quiet", text: "Cancel" });
  const body = h("form", { method: "dialog" }, ...fields, error,
    h("div", { class: "buttons" }, submit, cancel));
  const dialog = open(title, body);
  cancel.addEventListener("click", () => dialog.close());
  body.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    error.textContent = "";
    try {
      const said = await send();
      dialog.close();
      if (said) announce(said);
    } catch (failure) {
      error.textContent = visible(failure.message);
      submit.disabled = false;
    }
  });
  if (danger) cancel.focus();
  return dialog;
}

function field(label, input, hint) {
  input.setAttribute("aria-describedby", "field-hint");
  return h("label", { class: "field" }, h("span", { text: label }), input,
    h("span", { class: "dim", id: "field-hint", text: hint }));
}

/** Give an agent another name. */
export function rename(agent) {
  const input = h("input", {
    type: "text", required: true, maxlength: "64", dir: "auto", autocomplete: "off", spellcheck: "false",
  });
  input.value = agent.name;
  form("Rename", [field("Name", input, "Shown on the console only; the host keeps its own.")], {
    verb: "Rename",
    send: async () => {
      await api.change(agent.id, { name: input.value.trim() });
      return "Renamed";
    },
  });
  input.select();
}

/** Set an agent's tags. */
export function tag(agent) {
  const input = h("input", { type: "text", dir: "auto", autocomplete: "off", spellcheck: "false" });
  input.value = agent.tags.join(" ");
  const tags = () => input.value.split(/[\s,]+/).map((word) => word.replace(/^#/, "")).filter(Boolean);
  form(["Tags of ", foreign(agent.name)], [field("Tags", input, "Parted by spaces, such as: web berlin")], {
    verb: "Save",
    send: async () => {
      await api.change(agent.id, { tags: [...new Set(tags())] });
      return "Tags saved";
    },
  });
  input.select();
}

/** Remove an agent and all that is stored of it, after asking. */
export function remove(agent, done) {
  form(["Remove ", foreign(agent.name), "?"], [
    h("p", {}, "Its account and key on this console and ",
      h("strong", { text: "all its stored values are deleted" }), ". This cannot be undone."),
    h("p", { class: "dim" }, "The host itself is not touched: its agent keeps trying until you type ",
      h("code", { text: "sudo lumenmonctl unregister" }), " there. To let it in again, invite it again."),
    h("p", { class: "dim" }, h("code", { text: agent.id }),
      agent.last_seen == null ? ", never seen" : `, last seen ${moment(agent.last_seen)}`),
  ], {
    verb: "Remove it",
    danger: true,
    send: async () => {
      await api.remove(agent.id);
      done?.();
      return `${agent.name} is removed`;
    },
  });
}

const HELP = [
  ["j k ↓ ↑", "next and previous host"], ["Enter", "open the host"],
  ["Esc", "back, close, clear the filter"], ["/", "filter"],
  ["c", "compact or table"], ["t", "group by tag"], ["g G", "first and last host"],
  ["i", "invite a host"], ["r", "rename the host"], ["d", "remove the host"],
  ["1 … 6", "range of the charts"], ["+ −", "zoom in and out"], ["← →", "earlier and later"],
  ["?", "this help"],
];

/** Whether keys of one character do something: who dictates, or types by accident, may not want it. */
export function keysAreOn() {
  return localStorage.getItem("keys") !== "off";
}

/** Show the keys. */
export function help() {
  const box = h("input", { type: "checkbox", checked: keysAreOn() });
  box.addEventListener("change", () => localStorage.setItem("keys", box.checked ? "on" : "off"));
  open("Keys", h("dl", { class: "keys" }, ...HELP.flatMap(([keys, what]) => [
    h("dt", {}, ...keys.split(" ").flatMap((key) => [h("kbd", { text: key }), " "])),
    h("dd", { text: what }),
  ])), h("label", { class: "choice" }, box, " Keys of one character work"));
}
