// F2 takes whoever has waited longest; ? lists the shortcuts. No Alt keys: Welsh is typed with AltGr.

const KEPT = "helpline-keys-off";
const WRITES = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

const areOff = () => localStorage.getItem(KEPT) === "yes";

export function startShortcuts() {
  const dialog = document.getElementById("shortcuts");
  const off = document.getElementById("keys-off");
  const show = document.getElementById("show-shortcuts");
  if (!dialog) return;
  show.hidden = false;
  show.addEventListener("click", () => dialog.showModal());
  off.checked = areOff();
  off.addEventListener("change", () => localStorage.setItem(KEPT, off.checked ? "yes" : "no"));
  document.addEventListener("keydown", (event) => {
    if (areOff() || dialog.open || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "F2") {
      event.preventDefault();
      document.querySelector("#waiting [data-take] button")?.click();
    } else if (event.key === "?" && !event.target.closest(WRITES)) {
      event.preventDefault();
      dialog.showModal();
    }
  });
}
