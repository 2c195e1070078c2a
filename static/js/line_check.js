// The line check: a button and a key. What it does, it does without a sign on this screen; the answer
// is the same whether it arrived or not, and no focus moves.

const SAID = "Line is fine.";

function check(form) {
  fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { "HX-Request": "true" },
    credentials: "same-origin",
    keepalive: true,
  }).catch(() => {});
  const button = form.querySelector("button");
  button.textContent = SAID;
  setTimeout(() => (button.textContent = "Line check"), 2000);
}

export function startLineCheck() {
  const form = document.getElementById("line-check");
  if (!form) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    check(form);
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey && event.shiftKey && event.key.toLowerCase() === "l")) return;
    event.preventDefault();
    check(form);
  });
}
