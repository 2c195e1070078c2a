// "Behind the curtain": which webhooks the exchange sent and how they were answered. Nothing on
// the phone ever waits for this panel.

import { webhooksSince } from "/pages/exchange-api.js";

const most = 40;
const patience = 20000;
const drawn = new Map();
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
    showAll(Array.isArray(answer) ? answer : (answer.webhooks ?? []));
  } catch {
    // A training extra: without it the phone works as before, and the next change tries again.
  } finally {
    isAsking = false;
  }
}

// One without an answer is asked for again until it has one, or has had time enough.
function showAll(webhooks) {
  const unanswered = webhooks.filter((one) => show(one));
  const newest = Math.max(last, ...webhooks.map((one) => one.n));
  last = unanswered.length > 0 ? unanswered[0].n - 1 : newest;
}

// Answers whether its answer may still come.
function show({ n, url, status, ms }) {
  if (!drawn.has(n)) drawn.set(n, { row: draw(new URL(url, location.href).pathname), since: Date.now() });
  const { row, since } = drawn.get(n);
  const isPending = !status && Date.now() - since < patience;
  row.cells[1].textContent = status || (isPending ? "waiting" : "no answer");
  row.cells[2].textContent = status && Number.isFinite(ms) ? `${Math.round(ms)} ms` : "";
  return isPending;
}

function draw(path) {
  const row = document.createElement("tr");
  const what = document.createElement("td");
  const code = document.createElement("code");
  code.textContent = path;
  what.append(meaning(path), code);
  row.append(what, document.createElement("td"), document.createElement("td"));
  rows.prepend(row);
  while (rows.rows.length > most) rows.deleteRow(-1);
  document.getElementById("webhooks-none").hidden = true;
  return row;
}

function meaning(path) {
  const found = meanings.find(([pattern]) => pattern.test(path));
  const words = document.createElement("span");
  words.textContent = found ? found[1] : "";
  return words;
}

// A new or reset exchange counts its webhooks from one again.
export function startOver() {
  last = 0;
  drawn.clear();
}

export function prepare() {
  panel.addEventListener("toggle", lookBehind);
  setInterval(lookBehind, 2000);
}
