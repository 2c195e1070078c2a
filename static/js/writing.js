// The reply and the note: kept while being written, sent once, cleared only when the server has them.
import { keep, keepWhileWriting, restore } from "./drafts.js";
import { measure, mend, tables } from "./segments.js";
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

const plural = (count, one, many) => `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;

function costs(length, mendedLength) {
  if (!length.outside.length || length.parts === 1) return "";
  const letters = length.outside.slice(0, 5).join(" ");
  const mendable = mendedLength.parts < length.parts;
  const less = mendable ? ` With plain letters it is ${plural(mendedLength.parts, "part", "parts")}.` : "";
  return `Because of ${letters} this text takes ${plural(length.parts, "part", "parts")}.${less}`;
}

export function startCounting(form) {
  const counter = document.getElementById("reply-count");
  const warning = document.getElementById("reply-costs");
  const mendIt = warning.querySelector("[data-mend]");
  const known = tables(counter.dataset);
  const most = Number(counter.dataset.most);
  const field = form.elements.words;

  function count() {
    const length = measure(field.value, known);
    const letters = [...field.value].length;
    const mended = measure(mend(field.value, known), known);
    counter.textContent =
      letters > most
        ? `${plural(letters, "character", "characters")}: shorten it to ${most.toLocaleString("en-GB")}`
        : `${plural(length.parts, "part", "parts")}, ${length.left} left in ${length.parts === 1 ? "it" : "the last"}`;
    counter.classList.toggle("too-many", letters > most);
    const words = costs(length, mended);
    const said = warning.querySelector("[data-words]");
    if (said.textContent !== words) said.textContent = words;
    warning.hidden = !words;
    mendIt.hidden = mended.parts >= length.parts;
  }

  mendIt.addEventListener("click", () => {
    field.value = mend(field.value, known);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
  field.addEventListener("input", count);
  count();
}
