// The browser phone. It has a window of its own, because a call must outlive the console's pages.
// The console is told how it stands, and may press its buttons, over a channel of this browser.

const at = (id) => document.getElementById(id);
const setting = (name) => document.querySelector(`meta[name="${name}"]`).content;
const channel = new BroadcastChannel("helpline-phone");
const buttons = Object.fromEntries([...document.querySelectorAll("[data-do]")].map((one) => [one.dataset.do, one]));
const SIGN_OF_LIFE_MS = 30_000;
const TRY_AGAIN_MS = 5_000;
const SURE_MS = 5_000;
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
// Which buttons there are to press, and what is said, in each state.
const STATES = {
  off: ["Off", []],
  starting: ["Turning on…", []],
  lost: ["Reconnecting…", []],
  on: ["On. Calls ring here", []],
  ringing: ["A call for you", ["answer", "decline"]],
  answering: ["Connecting…", ["hang-up"]],
  talking: ["On a call", ["mute", "hang-up"]],
};

let device = null;
let call = null;
let state = "off";
let isTurnedOn = false;
let isLeaving = false;
// Hanging up takes two presses, so that no slip of the hand leaves a caller alone.
let isSure = null;

function become(next) {
  if (isLeaving) return;
  state = next;
  notSure();
  const [words, usable] = STATES[state];
  at("phone-state").textContent = words;
  for (const [name, button] of Object.entries(buttons)) button.hidden = !usable.includes(name);
  at("turn-on").hidden = isTurnedOn;
  at("phone-keys").hidden = state !== "talking";
  document.title = `${state === "ringing" ? "(Ringing) " : ""}Browser phone: ${words}`;
  tell();
}

function notSure() {
  clearTimeout(isSure);
  isSure = null;
}

function hangUp() {
  if (state !== "talking" || isSure !== null) return call?.disconnect();
  isSure = setTimeout(() => {
    notSure();
    tell();
  }, SURE_MS);
  tell();
}

function tell() {
  const isMuted = call?.isMuted() ?? false;
  const hangUpWords = isSure === null ? "Hang up" : "Press again to hang up";
  buttons["hang-up"].textContent = hangUpWords;
  buttons.mute.textContent = isMuted ? "Muted" : "Mute";
  buttons.mute.setAttribute("aria-pressed", String(isMuted));
  channel.postMessage({ state, words: STATES[state][0], usable: STATES[state][1], isMuted, hangUpWords });
}

const trouble = (words) => (at("phone-trouble").textContent = words);

// --- what the helpline's own server is asked ------------------------------------------------

function ask(name, fields) {
  return fetch(setting(name), {
    method: "POST",
    headers: { "X-CSRFToken": setting("csrf") },
    body: new URLSearchParams(fields),
    redirect: "error",
  });
}

async function freshToken() {
  const answer = await ask("phone-token", {});
  if (!answer.ok) throw new Error("no token");
  return (await answer.json()).token;
}

const isThere = () => device?.state === "registered";

function signOfLife() {
  if (isThere()) ask("phone-here", { state: "on" }).catch(() => {});
}

function goodbye() {
  if (!isTurnedOn) return;
  isLeaving = true;
  const said = new URLSearchParams({ state: "off", csrf_token: setting("csrf") });
  navigator.sendBeacon(setting("phone-here"), said);
  channel.postMessage({ state: "off", words: STATES.off[0], usable: [], isMuted: false });
}

// --- sound ----------------------------------------------------------------------------------

// Without a microphone one can still listen: the others hear nothing.
async function microphone(wish) {
  try {
    return await navigator.mediaDevices.getUserMedia(wish);
  } catch (problem) {
    if (!["NotFoundError", "NotAllowedError"].includes(problem.name)) throw problem;
    trouble("No microphone can be used. You can listen, but nobody hears you.");
    return new AudioContext().createMediaStreamDestination().stream;
  }
}

function sounds() {
  const names = ["incoming", "outgoing", "disconnect", "dtmfs", "dtmfh"];
  for (let key = 0; key < 10; key += 1) names.push(`dtmf${key}`);
  const file = (name) => (name === "incoming" ? "ring.wav" : "blip.wav");
  return Object.fromEntries(names.map((name) => [name, setting("phone-sounds") + file(name)]));
}

// --- the telephone --------------------------------------------------------------------------

async function turnOn() {
  if (isTurnedOn) return;
  if (typeof Twilio === "undefined") {
    trouble("The phone's files are missing. Run “make assets”.");
    return;
  }
  isTurnedOn = true;
  trouble("");
  become("starting");
  await start();
}

async function start() {
  try {
    device = new Twilio.Device(await freshToken(), options());
    device.on("registered", registered);
    device.on("unregistered", () => call === null && become("lost"));
    device.on("incoming", ring);
    device.on("tokenWillExpire", renew);
    device.on("error", failed);
    await device.register();
  } catch {
    device?.destroy();
    device = null;
    become("lost");
    setTimeout(start, TRY_AGAIN_MS);
  }
}

function options() {
  const host = setting("phone-host");
  return {
    // Only the local exchange is named; Twilio's own SDK knows where Twilio is.
    ...(host ? { chunderw: host, codecPreferences: ["opus", "pcmu"] } : {}),
    publishEvents: false,
    maxCallSignalingTimeoutMs: 30_000,
    tokenRefreshMs: 60_000,
    getUserMedia: microphone,
    disableAudioContextSounds: true,
    sounds: sounds(),
    logLevel: 5,
  };
}

function registered() {
  trouble("");
  if (call === null) become("on");
  signOfLife();
}

async function renew() {
  try {
    device.updateToken(await freshToken());
  } catch {
    setTimeout(renew, TRY_AGAIN_MS);
  }
}

function failed(problem) {
  // 20101 and 20104: the token is no good any more, as after a night in standby.
  if ([20101, 20104].includes(problem.code)) renew();
}

function ring(incoming) {
  call = incoming;
  incoming.on("accept", () => become("talking"));
  incoming.on("mute", tell);
  incoming.on("reconnecting", () => trouble("The line is unsteady. Reconnecting…"));
  incoming.on("reconnected", () => trouble(""));
  incoming.on("error", () => trouble("The call could not be connected."));
  for (const end of ["disconnect", "cancel", "reject"]) incoming.on(end, () => ended(incoming));
  become("ringing");
}

function ended(which) {
  if (call !== which) return;
  call = null;
  become(isThere() ? "on" : "lost");
}

const deeds = {
  answer: () => {
    if (state !== "ringing") return;
    become("answering");
    call.accept(setting("phone-host") ? { rtcConfiguration: { iceServers: [] } } : {});
  },
  decline: () => state === "ringing" && call.reject(),
  mute: () => state === "talking" && call.mute(!call.isMuted()),
  "hang-up": hangUp,
};

function fillKeypad() {
  for (const key of KEYS) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "softphone__key";
    button.textContent = key;
    button.addEventListener("click", () => state === "talking" && call.sendDigits(key));
    at("phone-keys").append(button);
  }
}

channel.addEventListener("message", ({ data }) => {
  if (data.ask === "state") tell();
  else deeds[data.ask]?.();
});
for (const [name, button] of Object.entries(buttons)) button.addEventListener("click", deeds[name]);
at("turn-on").addEventListener("click", turnOn);
addEventListener("pagehide", goodbye);
addEventListener("beforeunload", (event) => call !== null && event.preventDefault());
setInterval(signOfLife, SIGN_OF_LIFE_MS);
fillKeypad();
become("off");
