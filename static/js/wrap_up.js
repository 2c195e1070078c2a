// Choices of a wrap-up are kept until the contact is closed.
import { keepWhileWriting, markSent, restore, unmarkSent } from "./drafts.js";

const form = document.querySelector("form[data-draft]");
if (form) {
  unmarkSent(form);
  // After a refusal the server gives back what was chosen, which is newer.
  if (!("refused" in form.dataset)) restore(form);
  keepWhileWriting(form);
  form.addEventListener("submit", () => markSent(form));
}
