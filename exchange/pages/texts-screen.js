// The messages half of the handset: threads, bubbles and the compose box.

import { plain, spaced } from "/pages/people.js";
import { remember, remembered } from "/pages/memory.js";
import { inWords } from "/pages/text-parts.js";
import { textTone } from "/pages/tones.js";

const helpline = "116000";
const another = "another";
const at = (id) => document.getElementById(id);
const list = at("texts");
const bubbles = new Map();
let all = [];
let lastDay = "";
let known = null;

const stateInWords = {
  queued: "sending",
  accepted: "sending",
  sending: "sending",
  sent: "sent",
  delivered: "delivered",
  received: "delivered",
  undelivered: "not delivered",
  failed: "not delivered",
};

export function openThread() {
  const chosen = at("thread").value;
  return chosen === another ? at("new-number").value.trim() : chosen;
}

export function showTexts(texts, isOpen) {
  all = texts ?? [];
  offerThreads();
  addBubbles(isOpen);
  return noticeNew(isOpen);
}

function offerThreads() {
  const others = [helpline, ...all.map((one) => plain(one.other))];
  const numbers = [...new Set(others)];
  const select = at("thread");
  const offered = [...select.options].map((option) => option.value);
  for (const number of numbers) {
    if (!offered.includes(number)) select.add(new Option(spaced(number), number), offered.length ? offered.length - 1 : 0);
  }
  if (!offered.includes(another)) select.add(new Option("Another number…", another));
}

function addBubbles() {
  const wasAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const thread = all.filter((one) => plain(one.other) === openThread());
  let added = false;
  for (const text of thread) {
    if (!bubbles.has(text.sid)) {
      bubbles.set(text.sid, newBubble(text));
      added = true;
    }
    updateState(bubbles.get(text.sid), text);
  }
  list.classList.toggle("empty", thread.length === 0);
  if (added && wasAtEnd) list.scrollTop = list.scrollHeight;
}

function newBubble(text) {
  const when = new Date(text.at);
  const day = when.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
  if (day !== lastDay) {
    lastDay = day;
    const divider = document.createElement("p");
    divider.className = "day";
    divider.textContent = day;
    list.append(divider);
  }
  const bubble = document.createElement("article");
  bubble.className = text.direction === "out" ? "bubble mine" : "bubble theirs";
  const words = document.createElement("p");
  words.textContent = text.body;
  const foot = document.createElement("p");
  foot.className = "foot";
  const who = document.createElement("span");
  who.className = "unseen";
  who.textContent = text.direction === "out" ? "You, " : `${spaced(text.other)}, `;
  const time = document.createElement("time");
  time.dateTime = text.at;
  time.textContent = when.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const state = document.createElement("span");
  state.className = "state";
  foot.append(who, time, state);
  bubble.append(words, foot);
  list.append(bubble);
  return bubble;
}

function updateState(bubble, text) {
  const words = text.direction === "out" ? (stateInWords[text.state] ?? text.state ?? "") : "";
  const state = bubble.querySelector(".state");
  const shown = words ? ` · ${words}` : "";
  if (state.textContent !== shown) state.textContent = shown;
  bubble.classList.toggle("failed", words === "not delivered");
}

// Returns the newest text that the person hasn't seen yet, or null.
function noticeNew(isOpen) {
  const incoming = all.filter((one) => one.direction === "in");
  const fresh = known === null ? [] : incoming.filter((one) => !known.has(one.sid));
  known = new Set(incoming.map((one) => one.sid));
  if (fresh.length > 0) textTone();
  if (isOpen && !document.hidden) remember("seen", String(incoming.length));
  const unread = Math.max(0, incoming.length - Number(remembered("seen") ?? 0));
  const badge = at("unread");
  badge.hidden = unread === 0;
  badge.textContent = unread === 0 ? "" : `${unread} new`;
  return fresh.at(-1) ?? null;
}

export function showThread() {
  const isAnother = at("thread").value === another;
  at("new-number-part").hidden = !isAnother;
  if (isAnother) at("new-number").focus();
  list.replaceChildren();
  bubbles.clear();
  lastDay = "";
  addBubbles();
  list.scrollTop = list.scrollHeight;
  at("words").value = remembered(draftName()) ?? "";
  measureDraft();
}

export const scrollToNewest = () => {
  list.scrollTop = list.scrollHeight;
};

const draftName = () => `draft:${at("thread").value}`;

function measureDraft() {
  const words = at("words").value;
  at("parts").textContent = words ? `${inWords(words)}.` : "";
}

export function prepare({ send }) {
  offerThreads();
  at("thread").addEventListener("change", showThread);
  at("words").addEventListener("input", () => {
    remember(draftName(), at("words").value);
    measureDraft();
  });
  at("words").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    at("compose").requestSubmit();
  });
  at("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    sendDraft(send);
  });
  showThread();
}

async function sendDraft(send) {
  const body = at("words").value;
  const button = at("send");
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  const name = draftName();
  const isSent = await send(openThread(), body);
  button.removeAttribute("aria-disabled");
  if (!isSent) return;
  // Words typed while the text was on its way stay; only what was sent is taken out.
  if (draftName() === name && at("words").value === body) {
    at("words").value = "";
    remember(name, "");
  }
  if (at("thread").value === another) followNewThread();
  measureDraft();
  at("words").focus();
  scrollToNewest();
}

function followNewThread() {
  const number = plain(at("new-number").value);
  offerThreads();
  if (![...at("thread").options].some((option) => option.value === number)) return;
  at("thread").value = number;
  at("new-number").value = "";
  showThread();
}
