// What is being written is kept in this tab, for each contact, until the server has it.

const DELAY_MS = 300;
const SENT = "sent:";

const kept = (form) => `draft:${form.dataset.draft}`;

function fields(form) {
  return [...new FormData(form)].filter(([name]) => !["csrf_token", "last_seen"].includes(name));
}

export function keep(form) {
  sessionStorage.setItem(kept(form), JSON.stringify(fields(form)));
}

export function forget(form) {
  sessionStorage.removeItem(kept(form));
}

export function restore(form) {
  const draft = sessionStorage.getItem(kept(form));
  if (draft === null) return;
  const values = new Map();
  for (const [name, value] of JSON.parse(draft)) values.set(name, [...(values.get(name) ?? []), value]);
  for (const field of form.elements) {
    if (!field.name || field.name === "csrf_token" || field.name === "last_seen") continue;
    const [...mine] = values.get(field.name) ?? [];
    if (["checkbox", "radio"].includes(field.type)) field.checked = mine.includes(field.value);
    else if (mine.length) field.value = mine[0];
  }
}

export function keepWhileWriting(form) {
  let waiting = null;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => keep(form), DELAY_MS);
  };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  // The last letters before a reload count too.
  addEventListener("pagehide", () => {
    if (waiting === null) return;
    clearTimeout(waiting);
    if (form.dataset.draftIsOver !== "yes") keep(form);
  });
  return () => {
    clearTimeout(waiting);
    waiting = null;
    forget(form);
  };
}

// A form that leaves the page can't be told the answer. The next page without a complaint is it.
export function markSent(form) {
  sessionStorage.setItem(SENT + kept(form), "yes");
}

export function unmarkSent(form) {
  sessionStorage.removeItem(SENT + kept(form));
}

export function forgetWhatWasSent() {
  for (const key of Object.keys(sessionStorage)) {
    if (!key.startsWith(SENT)) continue;
    sessionStorage.removeItem(key);
    if (!document.querySelector(".notice")) sessionStorage.removeItem(key.slice(SENT.length));
  }
}

/** Leave nothing behind in this tab when its person signs out. */
export function forgetEverything() {
  for (const key of Object.keys(sessionStorage)) sessionStorage.removeItem(key);
}
