// Saved replies: searched while typing, put into the reply where the cursor is, never sent by themselves.

const plain = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function put(words, field) {
  field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
  const open = field.value.indexOf("{");
  field.focus();
  // A place that is still to be filled in is marked, so that the next key fills it.
  if (open !== -1) field.setSelectionRange(open, field.value.indexOf("}", open) + 1);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

export function startSavedReplies(form) {
  const box = document.getElementById("saved-replies");
  if (!box) return;
  const search = document.getElementById("saved-search");
  const replies = [...box.querySelectorAll("[data-reply]")];
  box.hidden = false;

  function narrow() {
    const asked = plain(search.value).split(/\s+/);
    for (const reply of replies) {
      const said = plain(reply.textContent);
      reply.closest("li").hidden = !asked.every((word) => said.includes(word));
    }
  }

  box.addEventListener("toggle", () => box.open && search.focus());
  search.addEventListener("input", narrow);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    replies.find((reply) => !reply.closest("li").hidden)?.click();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    box.open = false;
    form.elements.words.focus();
  });
  for (const reply of replies) {
    reply.addEventListener("click", () => {
      form.elements.saved_reply.value = reply.dataset.reply;
      box.open = false;
      put(reply.dataset.words, form.elements.words);
    });
  }
  form.elements.words.addEventListener("input", () => {
    if (!form.elements.words.value) form.elements.saved_reply.value = "";
  });
}
