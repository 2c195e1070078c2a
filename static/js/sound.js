// The console's sounds, made here so that no file is needed. Browsers allow sound only after a click
// or a key: "Start shift" is that click, and plays a short test.

const KEPT = "helpline-muted";
const NOTES = { alarm: [[880, 0], [660, 0.2], [880, 0.4], [660, 0.6]], test: [[660, 0], [880, 0.14]], waiting: [[784, 0], [988, 0.16]], ring: [[523, 0], [659, 0.2], [523, 0.4]] };
const RING_EVERY_MS = 3000;

let context = null;
let ringing = null;

export const isMuted = () => localStorage.getItem(KEPT) === "yes";
export const mute = (yes) => localStorage.setItem(KEPT, yes ? "yes" : "no");

export async function allow() {
  if (typeof AudioContext === "undefined") return;
  context ??= new AudioContext();
  await context.resume();
}

export function play(name) {
  if (isMuted() || context?.state !== "running") return;
  document.body.dataset.played = name;
  for (const [pitch, after] of NOTES[name]) {
    const start = context.currentTime + after;
    const loudness = context.createGain();
    loudness.connect(context.destination);
    loudness.gain.setValueAtTime(0, start);
    loudness.gain.linearRampToValueAtTime(0.12, start + 0.02);
    loudness.gain.linearRampToValueAtTime(0, start + 0.18);
    const voice = context.createOscillator();
    voice.frequency.value = pitch;
    voice.connect(loudness);
    voice.start(start);
    voice.stop(start + 0.2);
  }
}

export function ring(on) {
  if (on === (ringing !== null)) return;
  clearInterval(ringing);
  ringing = on ? setInterval(() => play("ring"), RING_EVERY_MS) : null;
  if (on) play("ring");
}

for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, allow, { once: true });
