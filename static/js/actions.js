// Buttons that do something by themselves: done without leaving the page where that is kinder, and
// the call that was just answered is opened.
import { allow, play } from "./sound.js";
import { send } from "./sending.js";

const STAYS = ["availability", "send-again", "go-on", "hand-over", "no", "need"].concat(
  ["ring", "join", "brief", "close", "hold", "release", "mute", "unmute", "put_out"],
  ["transfer", "move", "stop", "stop-ringing", "by-voice", "end-talk", "unhold"],
  ["no-danger", "look-after", "first-minute", "listen", "leave", "take-over"],
  ["signposts", "answer", "called", "text", "follow-up", "unmet"],
);

const TAKEN = "helpline-taken";

const lastPart = (form) => new URL(form.action).pathname.split("/").pop();
const refresh = () => document.body.dispatchEvent(new CustomEvent("live:refresh"));

async function act(form, button) {
  const said = form.querySelector("[data-said]") ?? document.getElementById("answer") ?? document.getElementById("connection");
  if (await send(form, said, button)) {
    form.closest("details:not(.signposting)")?.removeAttribute("open");
    // A form that stays on the page says that it was kept; its answers stay as they are.
    if (form.querySelector("[data-said]")) said.textContent = "Kept.";
  }
  refresh();
}

async function end(form) {
  const said = document.getElementById("answer");
  if (await send(form, said)) return location.assign(form.action.replace(/end$/, "wrap-up"));
  form.closest("details").open = false;
  refresh();
}

async function testSound() {
  await allow();
  play("test");
}

function submitted(event) {
  const form = event.target;
  if (!("action" in form.dataset)) return;
  if (form.elements.availability?.value === "ready") testSound();
  if (STAYS.includes(lastPart(form)) || lastPart(form) === "end") {
    event.preventDefault();
    lastPart(form) === "end" ? end(form) : act(form, event.submitter);
  } else if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
  } else {
    form.setAttribute("aria-busy", "true");
    sessionStorage.setItem(TAKEN, "yes");
  }
}

// A contact that has become mine needs its own forms, and one that is no longer mine must lose them.
function accessChanged() {
  const now = document.getElementById("talk-now")?.dataset.access;
  const before = document.body.dataset.access ?? now;
  document.body.dataset.access = now ?? "";
  if (now !== undefined && now !== before) location.reload();
}

function openAnsweredCall() {
  if (document.querySelector('meta[name="open-contact"]')) return;
  const call = document.querySelector('#mine [data-channel="voice"][data-state="with_call_taker"] a');
  if (call) location.assign(call.href);
}

// The heading, not the reply box: keys still in the air must not land in another conversation.
function showWhatWasTaken() {
  if (sessionStorage.getItem(TAKEN) === null) return;
  sessionStorage.removeItem(TAKEN);
  document.getElementById("talk-title")?.focus();
}

export function startActions() {
  showWhatWasTaken();
  document.addEventListener("submit", submitted);
  document.addEventListener("click", ({ target }) => {
    if (target.matches("[data-close]")) target.closest("details").open = false;
  });
  document.addEventListener("keydown", ({ key, target }) => {
    if (key !== "Escape") return;
    const open = target.closest("details.confirm[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
  accessChanged();
  document.body.addEventListener("htmx:after:swap", () => {
    accessChanged();
    openAnsweredCall();
  });
}
