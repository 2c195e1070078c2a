// "Behind the curtain": which webhooks the exchange sent and how they were answered. Nothing on
// the phone ever waits for this panel.

import { webhooksSince } from "/pages/exchange-api.js";

const most = 40;
const panel = document.getElementById("curtain");
const rows = document.getElementById("webhooks");
let last = 0;
let isAsking = false;

const meanings = [
  [/\/voice\/inbound$/, "A call came in"],
  [/\/voice\/client$/, "A call-taker's browser called"],
  [/\/voice\/status$/, "A call moved on"],
  [/\/voice\/fallback$/, "The spare answer was asked for"],
  [/\/sms\/inbound$/, "A text came in"],
  [/\/sms\/status/, "News of a sent text"],
  [/wait/, "What to play while waiting"],
  [/conference|room/, "News of a room"],
  [/leg/, "A phone that was rung"],
];

export async function lookBehind() {
  if (!panel.open || isAsking) return;
  isAsking = true;
  try {
    const answer = await webhooksSince(last);
    const fresh = Array.isArray(answer) ? answer : (answer.webhooks ?? []);
    for (const one of fresh) add(one);
  } catch {
    // A training extra: without it the phone works as before, and the next change tries again.
  } finally {
    isAsking = false;
  }
}

function add({ n, url, status, ms }) {
  last = Math.max(last, n);
  const path = new URL(url, location.href).pathname;
  const row = document.createElement("tr");
  const what = document.createElement("td");
  const code = document.createElement("code");
  code.textContent = path;
  what.append(meaning(path), code);
  const took = Number.isFinite(ms) ? `${Math.round(ms)} ms` : "";
  row.append(what, cell(status ? String(status) : "no answer"), cell(took));
  rows.prepend(row);
  while (rows.rows.length > most) rows.deleteRow(-1);
  document.getElementById("webhooks-none").hidden = true;
}

function meaning(path) {
  const found = meanings.find(([pattern]) => pattern.test(path));
  const words = document.createElement("span");
  words.textContent = found ? found[1] : "";
  return words;
}

function cell(words) {
  const element = document.createElement("td");
  element.textContent = words;
  return element;
}

export function prepare() {
  panel.addEventListener("toggle", lookBehind);
  setInterval(lookBehind, 4000);
}
