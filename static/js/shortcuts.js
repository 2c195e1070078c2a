// One key for what is done all day; ? lists them. No Alt keys: Welsh is typed with AltGr.

const KEPT = "helpline-keys-off";
const WRITES = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

const go = (found) => found?.focus();

// The next of one's own conversations, those that need an answer first.
function openNext() {
  const mine = [...document.querySelectorAll("#mine .card--link a")];
  const here = mine.findIndex((link) => link.getAttribute("aria-current"));
  const after = [...mine.slice(here + 1), ...mine.slice(0, Math.max(here, 0))];
  const next = after.find((link) => link.closest("[data-needs-answer]")) ?? after[0];
  if (next) location.assign(next.href);
}

function openSavedReplies() {
  const box = document.getElementById("saved-replies");
  if (box) box.open = true;
}

const KEYS = {
  F2: () => document.querySelector("#offered-title ~ .cards button, #waiting [data-take] button")?.click(),
  F4: openSavedReplies,
  F6: () => go(document.querySelector("#first-minute input[type=radio]:checked, #first-minute input[type=radio]")),
  F10: openNext,
  F7: () => go(document.getElementById("reply-words")),
  F8: () => go(document.getElementById("note-words")),
  F9: () => go(document.querySelector("#actions .head__do summary, #actions .head__do button, #actions .head__do a")),
};

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
    if (event.key in KEYS) {
      event.preventDefault();
      KEYS[event.key]();
    } else if (event.key === "?" && !event.target.closest(WRITES)) {
      event.preventDefault();
      dialog.showModal();
    }
  });
}
