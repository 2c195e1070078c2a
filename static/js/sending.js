// Sends a form without leaving the page, and says plainly what came of it.

const CUT_OFF = "It could not be sent: the line to the helpline is cut. What you wrote is kept. Try again.";
const BROKEN = "It could not be sent. What you wrote is kept. Try again in a minute.";
const SIGNED_OUT = "You are signed out, so it was not sent. What you wrote is kept. Sign in again.";

const STALE =
  "It was not sent: you were signed out meanwhile, or the page was open too long. Reload the page: what you wrote is kept.";

const REFUSED = [409, 422];

export function newKey() {
  // Not crypto.randomUUID, which is missing where the page came by plain http.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function complaint(words) {
  const line = document.createElement("p");
  line.className = "refused";
  line.setAttribute("role", "alert");
  line.textContent = words;
  return line;
}

// The sentence comes from our own template, yet only its text is taken.
function sentence(html) {
  return new DOMParser().parseFromString(html, "text/html").body.textContent.trim();
}

async function post(form, button) {
  let answer;
  try {
    answer = await fetch(form.action, {
      method: "POST",
      // A form with several buttons says by the pressed one what is wanted.
      body: new URLSearchParams(new FormData(form, button)),
      headers: { "HX-Request": "true" },
      credentials: "same-origin",
    });
  } catch {
    return CUT_OFF;
  }
  if (answer.status === 204) return null;
  if (answer.status === 401) return SIGNED_OUT;
  if (answer.status === 400) return STALE;
  return REFUSED.includes(answer.status) ? sentence(await answer.text()) : BROKEN;
}

/** Send a form; returns whether the server accepted it. A second click meanwhile does nothing. */
export async function send(form, said, pressed = null) {
  if (form.getAttribute("aria-busy") === "true") return false;
  const button = pressed ?? form.querySelector("[type=submit]");
  form.setAttribute("aria-busy", "true");
  button.setAttribute("aria-disabled", "true");
  said?.replaceChildren();
  const refusal = await post(form, pressed);
  form.removeAttribute("aria-busy");
  button.removeAttribute("aria-disabled");
  if (refusal !== null) said?.replaceChildren(complaint(refusal));
  return refusal === null;
}
