// What a call-taker must not miss: somebody new is waiting, or one's own phone rings. Heard, shown in
// the tab's title and told to a screen reader; focus is never moved.
import { allow, isMuted, mute, play, ring } from "./sound.js";

const title = document.title;
const announcer = document.getElementById("announcer");
let known = null;

function look() {
  const cards = [...document.querySelectorAll("#waiting .card")].map((card) => card.id);
  const mine = document.getElementById("me-now")?.dataset ?? {};
  const answers = [...document.querySelectorAll("#mine [data-needs-answer]")].map((card) => card.id);
  return {
    cards,
    answers,
    alarms: Number(document.getElementById("alarms-now")?.dataset.alarms ?? 0),
    isOnShift: mine.availability !== "off_shift",
    rings: ["promised", "ringing", "answered"].includes(mine.phone),
  };
}

// A browser phone that is on rings by itself (softphone.js).
const isInBrowser = () => "browserPhone" in document.body.dataset;

function announce(words) {
  // The same words twice are not read twice unless the region was empty between.
  announcer.textContent = "";
  requestAnimationFrame(() => (announcer.textContent = words));
}

function waits(count) {
  return count === 1 ? "1 person is waiting" : `${count} people are waiting`;
}

// What a supervisor must look at comes before all else, in the title and to the ear, and is told
// again with each new one. It stays until somebody looks after it.
function alarm(now) {
  if (now.alarms > (known?.alarms ?? 0)) {
    announce(now.alarms === 1 ? "Look now: 1 alarm." : `Look now: ${now.alarms} alarms.`);
    play("alarm");
    return true;
  }
  return false;
}

function tell(now, isNew, isAnswered) {
  // What rings comes first: nothing else is read over it.
  if (now.rings) {
    if (!known?.rings) announce(isInBrowser() ? "Your browser phone is ringing." : "Your phone is ringing. Answer it and press 1.");
  } else if (isNew) announce(waits(now.cards.length));
  else if (isAnswered) announce("A caller of yours has sent a text.");
}

function compare() {
  const now = look();
  const isNew = known !== null && now.cards.some((card) => !known.cards.includes(card));
  const isAnswered = known !== null && now.answers.some((card) => !known.answers.includes(card));
  const isAlarm = alarm(now);
  if (!isAlarm) tell(now, isNew, isAnswered);
  if (!isAlarm && (isNew || isAnswered) && now.isOnShift && !now.rings) play("waiting");
  ring(now.rings && !isInBrowser());
  const prefix = now.alarms ? `(${now.alarms} LOOK NOW) ` : now.rings ? "(Ringing) " : now.cards.length ? `(${now.cards.length} waiting) ` : "";
  document.title = prefix + title;
  known = now;
}

function showMute(button) {
  button.textContent = isMuted() ? "Sound off" : "Sound on";
}

export function startAlerts() {
  compare();
  // Browsers allow sound only after a click: any will do.
  document.addEventListener("pointerdown", () => allow(), { once: true });
  document.body.addEventListener("htmx:after:swap", compare);
  const button = document.getElementById("mute");
  if (!button) return;
  button.hidden = false;
  showMute(button);
  button.addEventListener("click", () => {
    mute(!isMuted());
    showMute(button);
  });
}
