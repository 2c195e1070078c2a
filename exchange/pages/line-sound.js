// The sound of this phone: a microphone and an ear on the line, kept from call to call. Without a
// microphone one can listen; without sound there are the captions.

import { soundOff, soundOn } from "/pages/exchange-api.js";
import { remember, remembered } from "/pages/memory.js";

const at = (id) => document.getElementById(id);
const longestGathering = 2000;
const tryAgain = 3000;
let peer = null;
let microphone = null;
let handsetNow = () => null;
let isWished = false;

const say = (words) => {
  if (at("sound-words").textContent !== words) at("sound-words").textContent = words;
};

async function openMicrophone() {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return null;
  }
}

// The exchange is on this machine, so all ways to it are known at once.
function gathered(connection) {
  return new Promise((resolve) => {
    const done = () => connection.iceGatheringState === "complete" && resolve();
    connection.addEventListener("icegatheringstatechange", done);
    setTimeout(resolve, longestGathering);
    done();
  });
}

async function connect() {
  const connection = new RTCPeerConnection({ iceServers: [] });
  peer = connection;
  connection.addEventListener("track", ({ streams, track }) => {
    at("line").srcObject = streams[0] ?? new MediaStream([track]);
    at("line").play().catch(() => say("Click anywhere, so that this phone can be heard."));
  });
  connection.addEventListener("connectionstatechange", () => {
    if (connection === peer && ["failed", "disconnected"].includes(connection.connectionState)) again();
  });
  const [track] = microphone?.getAudioTracks() ?? [];
  connection.addTransceiver(track ?? "audio", { direction: track ? "sendrecv" : "recvonly" });
  await connection.setLocalDescription();
  await gathered(connection);
  const { sdp } = await soundOn(handsetNow(), connection.localDescription.sdp);
  await connection.setRemoteDescription({ type: "answer", sdp });
}

function close() {
  peer?.close();
  peer = null;
}

function again() {
  close();
  say("The sound is gone. Connecting it again…");
  setTimeout(() => isWished && peer === null && start(), tryAgain);
}

async function start() {
  if (typeof RTCPeerConnection === "undefined" || !navigator.mediaDevices) {
    say("This browser can't carry sound here. Read what is said instead.");
    return;
  }
  say("Connecting the sound…");
  microphone ??= await openMicrophone();
  try {
    await connect();
    say(microphone ? "Sound is on: speak and listen." : "No microphone: you can listen, and nobody hears you.");
  } catch (problem) {
    close();
    if (problem.status === 404) say("This exchange has no sound. Read what is said instead.");
    else again();
  }
}

async function stop() {
  const handset = handsetNow();
  close();
  for (const track of microphone?.getTracks() ?? []) track.stop();
  microphone = null;
  at("line").srcObject = null;
  say("");
  if (handset) await soundOff(handset).catch(() => {});
}

// The exchange forgot this phone: its sound went with it.
export function startSoundOver() {
  close();
  if (isWished) start();
}

export function prepareSound(handset) {
  handsetNow = handset;
  const choice = at("use-sound");
  const chosen = () => {
    isWished = choice.checked;
    remember("sound", String(isWished));
    return isWished ? start() : stop();
  };
  choice.addEventListener("change", chosen);
  choice.checked = remembered("sound") === "true";
  if (choice.checked) chosen();
}
