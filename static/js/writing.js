// The reply and the note: kept while being written, sent once, cleared only when the server has them.
import { keep, keepWhileWriting, restore } from "./drafts.js";
import { newKey, send } from "./sending.js";

const refresh = () => document.body.dispatchEvent(new CustomEvent("live:refresh"));

export function startWriting(form) {
  const words = form.elements.words;
  const key = form.elements.form_key;
  let tried = null;
  restore(form);
  const over = keepWhileWriting(form);

  async function submit() {
    // A key stands for the words that were sent with it. Other words need another key, or the
    // server would take them for the same form posted twice.
    if (tried !== null && tried !== words.value) key.value = newKey();
    tried = words.value;
    keep(form);
    const isAccepted = await send(form, form.querySelector("[data-said]"));
    // Refused or not, something may have changed: a new text, perhaps, that must be read first.
    refresh();
    if (!isAccepted) return words.focus();
    // Words typed while it was under way are not part of it.
    words.value = words.value === tried ? "" : words.value;
    tried = null;
    key.value = newKey();
    over();
    if (words.value) keep(form);
    words.dispatchEvent(new Event("input"));
    words.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  words.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  });
}

export function startCounting(form) {
  const counter = document.getElementById("reply-count");
  const most = Number(counter.dataset.most);
  const count = () => {
    const length = [...form.elements.words.value].length;
    counter.textContent = `${length.toLocaleString("en-GB")} of ${most.toLocaleString("en-GB")} characters`;
    counter.classList.toggle("too-many", length > most);
  };
  form.elements.words.addEventListener("input", count);
  count();
}
