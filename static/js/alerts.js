// What a call-taker must not miss: somebody new is waiting, or one's own phone rings. Heard, shown in
// the tab's title and told to a screen reader; focus is never moved.
import { isMuted, mute, play, ring } from "./sound.js";

const title = document.title;
const announcer = document.getElementById("announcer");
let known = null;

function look() {
  const cards = [...document.querySelectorAll("#waiting .card")].map((card) => card.id);
  const mine = document.getElementById("me-now")?.dataset ?? {};
  return {
    cards,
    isOnShift: mine.availability !== "off_shift",
    rings: ["promised", "ringing", "answered"].includes(mine.phone),
  };
}

function announce(words) {
  // The same words twice are not read twice unless the region was empty between.
  announcer.textContent = "";
  requestAnimationFrame(() => (announcer.textContent = words));
}

function waits(count) {
  return count === 1 ? "1 person is waiting" : `${count} people are waiting`;
}

function compare() {
  const now = look();
  const isNew = known !== null && now.cards.some((card) => !known.cards.includes(card));
  if (now.rings && !known?.rings) announce("Your phone is ringing. Answer it and press 1.");
  else if (isNew) announce(waits(now.cards.length));
  if (isNew && now.isOnShift && !now.rings) play("waiting");
  ring(now.rings);
  const prefix = now.rings ? "(Ringing) " : now.cards.length ? `(${now.cards.length} waiting) ` : "";
  document.title = prefix + title;
  known = now;
}

function showMute(button) {
  button.textContent = isMuted() ? "Sound off" : "Sound on";
  button.setAttribute("aria-pressed", String(isMuted()));
}

export function startAlerts() {
  compare();
  document.body.addEventListener("htmx:after:swap", compare);
  const button = document.getElementById("mute");
  button.hidden = false;
  showMute(button);
  button.addEventListener("click", () => {
    mute(!isMuted());
    showMute(button);
  });
}
