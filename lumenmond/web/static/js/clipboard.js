// Copying text, also on plain http, where the browser has no navigator.clipboard.

import { announce, h } from "./dom.js";

/** Copy the text; returns whether it worked. */
export async function copy(text) {
  try {
    if (navigator.clipboard && isSecureContext) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Not allowed here: the old way is tried, ignoring.
  }
  const had = document.activeElement;
  // Inside an open dialog nothing outside of it can be selected.
  const place = document.querySelector("dialog[open]") ?? document.body;
  const area = h("textarea", { class: "hidden", readonly: true, "aria-hidden": "true", tabindex: "-1" });
  area.value = text;
  place.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  had?.focus({ preventScroll: true });
  return done;
}

/** A button that copies what ``text()`` returns and says whether it did. */
export function copyButton(text, what) {
  const button = h("button", { type: "button", class: "action", text: "copy", "aria-label": `Copy ${what}` });
  let timer = 0;
  button.addEventListener("click", async () => {
    const done = await copy(text());
    button.textContent = done ? "copied ✓" : "select it";
    announce(done ? `Copied ${what}` : "Could not copy; select the text instead");
    clearTimeout(timer);
    timer = setTimeout(() => (button.textContent = "copy"), 2500);
  });
  return button;
}
