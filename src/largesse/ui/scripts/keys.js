// Keys of the workbench: / searches, ? shows the keys, g and a letter goes, j and k move in a list, a accepts, e exports. Off where somebody said so.
const OFF = "keys-off";
let going = false;

const typing = (element) => element.closest?.("input, textarea, select, [contenteditable]");

const off = () => {
  try { return localStorage.getItem(OFF) === "yes"; } catch { return false; }
};

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || off()) return;
  if (going) {
    going = false;
    const place = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (place) { event.preventDefault(); place.click(); }
    return;
  }
  const acts = {
    "/": () => document.querySelector("[data-finder]")?.focus(),
    "?": () => document.querySelector("[data-keys]")?.click(),
    g: () => { going = true; },
    j: () => move(1),
    k: () => move(-1),
    e: () => document.querySelector("[data-export]")?.click(),
    a: () => (document.activeElement?.closest("li")?.querySelector("[data-accept]") ?? document.querySelector("[data-accept]"))?.click(),
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

for (const box of document.querySelectorAll("[data-keys-off]")) {
  box.hidden = false;
  const input = box.querySelector("input");
  input.checked = off();
  input.addEventListener("change", () => {
    try { localStorage.setItem(OFF, input.checked ? "yes" : ""); } catch { /* nothing is kept here; they stay on */ }
  });
}
