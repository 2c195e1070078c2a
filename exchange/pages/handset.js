// One phone. It asks the exchange for its whole state whenever something changed, and shows it.

import * as callScreen from "/pages/call-screen.js";
import * as curtain from "/pages/curtain.js";
import { act, CutOff, eventsAddress, pickUp, Refused, stateOf } from "/pages/exchange-api.js";
import { fillKeypad, listenForDigits } from "/pages/keypad.js";
import { follow } from "/pages/live.js";
import { remember, remembered } from "/pages/memory.js";
import { personWith, phoneTitle, spaced } from "/pages/people.js";
import { prepareSound, startSoundOver } from "/pages/line-sound.js";
import * as textsScreen from "/pages/texts-screen.js";
import { allowSoundAfterFirstGesture } from "/pages/tones.js";

const helpline = "116000";
const at = (id) => document.getElementById(id);
const number = decodeURIComponent(location.hash.slice(1));
const person = personWith(number);
const title = person ? phoneTitle(person) : spaced(number);
let handset = null;
let asking = null;
let askAgain = false;
let stream = null;
let troubleFrom = "";

// Fetches the state until no change is outstanding; two fetches never overtake each other.
function refresh() {
  askAgain = true;
  asking ??= fetchUntilSettled().finally(() => (asking = null));
  return asking;
}

async function fetchUntilSettled() {
  while (askAgain) {
    askAgain = false;
    await fetchOnce();
  }
}

async function fetchOnce() {
  try {
    if (handset === null) handset = (await pickUp(number, person?.name)).handset;
    show(await stateOf(handset));
    connected(true);
  } catch (problem) {
    if (problem instanceof CutOff) connected(false);
    else if (problem.status === 404 && handset !== null) startOver();
    else tell(problem, "exchange");
  }
}

// The exchange forgot this phone (it was reset or started anew): pick it up again.
function startOver() {
  handset = null;
  curtain.startOver();
  setTimeout(async () => {
    await refresh();
    if (handset === null) return;
    stream?.restart();
    startSoundOver();
  }, 500);
}

function show(state) {
  at("phone").dataset.live = "yes";
  callScreen.showCall(state.call);
  callScreen.showRecent(state.recent_calls);
  const isTexting = !at("texts-panel").hidden;
  const news = textsScreen.showTexts(state.texts, isTexting);
  if (news && !isTexting) at("announcer").textContent = `New text from ${spaced(news.other)}`;
  at("back-to-call").hidden = !(isTexting && callScreen.isLive(state.call));
  nameTheTab(callScreen.isIncoming(state.call));
  curtain.lookBehind();
}

function nameTheTab(isRinging) {
  const unread = at("unread").textContent;
  const news = isRinging ? "(Ringing) " : unread && `(${unread}) `;
  document.title = `${news}${title} - training`;
}

function connected(isConnected) {
  const words = isConnected ? "" : "Reconnecting…";
  if (at("connection").textContent !== words) at("connection").textContent = words;
  if (isConnected && troubleFrom === "exchange") clearTrouble();
}

function clearTrouble() {
  troubleFrom = "";
  at("trouble").textContent = "";
}

function tell(problem, from) {
  troubleFrom = from;
  const isOurs = problem instanceof Refused || problem instanceof CutOff;
  const kept = problem instanceof CutOff ? " What you typed is kept. Please try again." : "";
  at("trouble").textContent = isOurs
    ? `${problem.message}${kept}`
    : "Something went wrong on this page. Please reload it; your draft is kept.";
}

// Answers whether it worked. What went wrong is told in words, and nothing typed is lost.
async function attempt(deed, body) {
  clearTrouble();
  if (handset === null) await refresh();
  if (handset === null) {
    tell(new CutOff("The phone has no signal: the exchange can't be reached."), "person");
    return false;
  }
  try {
    await act(handset, deed, body);
    return true;
  } catch (problem) {
    tell(problem, "person");
    return false;
  } finally {
    await refresh();
  }
}

function openTab(name) {
  for (const one of ["phone", "texts"]) {
    const isOpen = one === name;
    at(`${one}-panel`).hidden = !isOpen;
    at(`${one}-tab`).setAttribute("aria-selected", String(isOpen));
    at(`${one}-tab`).tabIndex = isOpen ? 0 : -1;
  }
  remember("tab", name);
  if (name === "texts") textsScreen.scrollToNewest();
  refresh();
}

async function dial(to) {
  if (!to.trim()) {
    tell(new Refused("Type a number to call first."), "person");
    at("dialled").focus();
    return;
  }
  const isDialled = await attempt("dial", { to, withheld: at("withheld").checked });
  if (!isDialled) return;
  at("dialled").value = "";
  remember("dialled", "");
  openTab("phone");
  at("hang-up").focus();
}

function keyPressed(key) {
  const call = callScreen.currentCall();
  if (callScreen.isIncoming(call)) return;
  if (callScreen.isLive(call)) {
    callScreen.press(key, (digits) => attempt("keys", { digits }));
    return;
  }
  openTab("phone");
  at("dialled").value += key;
  remember("dialled", at("dialled").value);
}

function setUpTabs() {
  for (const name of ["phone", "texts"]) at(`${name}-tab`).addEventListener("click", () => openTab(name));
  at("tabs").addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = at("texts-panel").hidden ? "texts" : "phone";
    if (at(`${other}-tab`).hidden) return;
    openTab(other);
    at(`${other}-tab`).focus();
  });
  at("text-helpline").addEventListener("click", () => {
    openTab("texts");
    at("words").focus();
  });
  at("back-to-call").addEventListener("click", () => {
    openTab("phone");
    at("hang-up").focus();
  });
}

function setUpCalls() {
  fillKeypad(at("dial-keys"), keyPressed);
  fillKeypad(at("call-keys"), keyPressed);
  listenForDigits(keyPressed);
  at("call-helpline").addEventListener("click", () => dial(helpline));
  at("dial").addEventListener("submit", (event) => {
    event.preventDefault();
    dial(at("dialled").value);
  });
  at("dialled").value = remembered("dialled") ?? "";
  at("dialled").addEventListener("input", () => remember("dialled", at("dialled").value));
  at("rub-out").addEventListener("click", () => {
    at("dialled").value = at("dialled").value.slice(0, -1);
    remember("dialled", at("dialled").value);
  });
  at("withheld").checked = (remembered("withheld") ?? String(person?.withheld ?? false)) === "true";
  at("withheld").addEventListener("change", () => remember("withheld", String(at("withheld").checked)));
  at("answer").addEventListener("click", answer);
  at("decline").addEventListener("click", () => attempt("decline"));
  at("hang-up").addEventListener("click", hangUp);
  callScreen.prepare({ refreshed: refresh });
}

async function answer() {
  openTab("phone");
  if (await attempt("answer")) at("captions").focus();
}

async function hangUp() {
  if (await attempt("hang-up")) at("close-call").focus();
}

function setUpFace() {
  at("owner").textContent = title;
  at("own-number").textContent = person ? spaced(number) : "";
  at("phone").dataset.tint = person?.tint ?? "slate";
  // A payphone and a desk phone have no screen for texts.
  const hasTexts = !person?.kind;
  at("texts-tab").hidden = !hasTexts;
  at("text-helpline").hidden = !hasTexts;
  at("phone").classList.toggle("calls-only", !hasTexts);
  const tick = () => {
    at("clock").textContent = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    callScreen.showTime();
  };
  tick();
  setInterval(tick, 1000);
  allowSoundAfterFirstGesture(() => (at("sound-hint").hidden = true));
  if (remembered("tab") === "texts" && hasTexts) openTab("texts");
}

async function start() {
  setUpTabs();
  setUpCalls();
  textsScreen.prepare({ send: (to, body) => attempt("text", { to, body }) });
  curtain.prepare();
  setUpFace();
  addEventListener("hashchange", () => location.reload());
  await refresh();
  while (handset === null) {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await refresh();
  }
  prepareSound(() => handset);
  stream = follow(() => eventsAddress(handset), { changed: refresh, lost: () => connected(false) });
}

if (number) start();
else location.replace("/");
