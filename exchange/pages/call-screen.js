// The phone half of the handset: calling, ringing, and a call with its captions.

import { spaced } from "/pages/people.js";
import { remembered, remember } from "/pages/memory.js";
import { ring } from "/pages/tones.js";

const at = (id) => document.getElementById(id);
const captions = at("captions");
let shown = null;
let heard = 0;
let closed = null;
let isFirstLook = true;
let pressing = Promise.resolve();

const inWords = {
  dialling: "Calling…",
  ringing: "Ringing…",
  "in-progress": "Connected",
  ended: "Call ended",
};

export const isLive = (call) => Boolean(call) && call.state !== "ended";
export const isIncoming = (call) => isLive(call) && call.direction === "in" && call.state === "ringing";
export const otherEnd = (call) => spaced(call.direction === "in" ? call.from : call.to);

// A call that the exchange has forgotten is shown as ended until the person closes it; one that
// was over before the page opened is history.
export function showCall(call) {
  if (isFirstLook && call && !isLive(call)) closed = call.sid;
  isFirstLook = false;
  let current = call;
  if (!current && shown && shown.sid !== closed) current = { ...shown, state: "ended" };
  if (!isLive(current) && current?.sid === closed) current = null;
  const isRinging = isIncoming(current);
  if (current && current.sid !== shown?.sid) startAfresh();
  showIncoming(isRinging, current);
  at("idle").hidden = Boolean(current) && !isRinging;
  at("call").hidden = !current || isRinging;
  if (current && !isRinging) fill(current);
  else document.body.classList.remove("on-a-call");
  shown = current;
}

function startAfresh() {
  captions.replaceChildren();
  heard = 0;
  at("pressed").value = "";
}

function showIncoming(isRinging, call) {
  const screen = at("incoming");
  ring(isRinging);
  if (isRinging) at("incoming-from").textContent = otherEnd(call) || "Withheld";
  if (screen.hidden === !isRinging) return;
  screen.hidden = !isRinging;
  for (const part of document.querySelectorAll(".panel, .tabs, .back-to-call")) part.inert = isRinging;
  // The heading, not a button: someone in the middle of typing must not answer by accident.
  if (isRinging) at("incoming-from").focus();
}

function fill(call) {
  const live = isLive(call);
  document.body.classList.toggle("on-a-call", live);
  say("call-with", otherEnd(call) || "Withheld");
  say("call-state", call.on_hold && live ? "On hold" : stateInWords(call));
  say("wants-keys", live && call.wants_keys ? "Press a key on the keypad" : "");
  at("call-keys").classList.toggle("wanted", Boolean(live && call.wants_keys));
  at("call-controls").hidden = !live;
  at("close-call").hidden = live;
  showTime(call);
  addCaptions(call.captions ?? []);
}

function stateInWords(call) {
  if (call.state === "ended" && call.ended_because) return call.ended_because;
  return inWords[call.state] ?? call.state;
}

// Setting the same words again would make a screen reader say them again.
function say(id, words) {
  if (at(id).textContent !== words) at(id).textContent = words;
}

function addCaptions(all) {
  if (all.length < heard) {
    captions.replaceChildren();
    heard = 0;
  }
  const fresh = all.slice(heard);
  if (fresh.length === 0) return;
  const wasAtEnd = isAtEnd();
  for (const one of fresh) {
    const entry = document.createElement("p");
    entry.className = one.who === "note" ? "note" : "spoken";
    entry.textContent = one.words;
    captions.append(entry);
  }
  heard = all.length;
  if (wasAtEnd) toEnd();
  else at("newest").hidden = false;
}

const isAtEnd = () => captions.scrollHeight - captions.scrollTop - captions.clientHeight < 40;

function toEnd() {
  captions.scrollTop = captions.scrollHeight;
  at("newest").hidden = true;
}

export function showTime(call = shown) {
  const began = connectedSince(call);
  const text = began === null ? "" : asMinutes((Date.now() - began) / 1000);
  at("call-time").textContent = text;
  const strip = at("back-to-call");
  strip.textContent = `On a call with ${call ? otherEnd(call) || "a withheld number" : ""} ${text}. Go back to it`;
}

// The exchange's clock may be driven by hand, so the talk time runs on the phone's own clock.
function connectedSince(call) {
  if (call?.state !== "in-progress") return null;
  const [sid, since] = (remembered("connected") ?? "").split(" ");
  if (sid === call.sid) return Number(since);
  remember("connected", `${call.sid} ${Date.now()}`);
  return Date.now();
}

function asMinutes(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function currentCall() {
  return shown;
}

// Keys are sent one after another, so that 1 2 3 never arrives as 2 1 3.
export function press(key, send) {
  at("pressed").value += key;
  pressing = pressing.then(() => send(key));
}

export function showRecent(calls) {
  const entries = (calls ?? []).slice(0, 5);
  at("recent").hidden = entries.length === 0;
  at("recent").querySelector("ul").replaceChildren(...entries.map(recentEntry));
}

function recentEntry(call) {
  const item = document.createElement("li");
  const way = call.direction === "out" ? "Call to" : call.answered ? "Call from" : "Missed call from";
  item.textContent = `${way} ${spaced(call.other) || "a hidden number"}`;
  const when = document.createElement("span");
  const time = new Date(call.at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  when.textContent = [time, call.ended_because].filter(Boolean).join(" · ");
  item.append(when);
  return item;
}

export function prepare({ refreshed }) {
  captions.addEventListener("scroll", () => {
    if (isAtEnd()) at("newest").hidden = true;
  });
  at("newest").addEventListener("click", () => {
    toEnd();
    captions.focus();
  });
  at("close-call").addEventListener("click", () => {
    closed = shown?.sid ?? null;
    shown = null;
    refreshed();
    at("call-helpline").focus();
  });
}
