// Says that this page has a contact open, and that somebody writes in it: never what.

const LOOK_MS = 20_000;
const WRITE_MS = 5_000;

export function startPresence(fields) {
  const place = document.getElementById("presence");
  if (!place) return;
  const token = document.querySelector("input[name=csrf_token]")?.value ?? "";
  let wroteAt = 0;
  let toldWritingAt = 0;

  const form = (state) => new URLSearchParams({ state, csrf_token: token });

  function tell(state) {
    // A notice that is lost is told again in 20 s.
    fetch(place.dataset.presence, { method: "POST", body: form(state), headers: { "HX-Request": "true" } }).catch(() => {});
  }

  function isWriting() {
    return Date.now() - wroteAt < WRITE_MS;
  }

  for (const field of fields) {
    field.addEventListener("input", () => {
      wroteAt = Date.now();
      if (wroteAt - toldWritingAt < WRITE_MS) return;
      toldWritingAt = wroteAt;
      tell("writing");
    });
  }
  setInterval(() => document.visibilityState === "visible" && tell(isWriting() ? "writing" : "looking"), LOOK_MS);
  addEventListener("pagehide", () => navigator.sendBeacon(place.dataset.presence, form("gone")));
  tell("looking");
}
