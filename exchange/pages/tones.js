// Every sound of the phone is made here, so no sound file is needed. Browsers allow sound only
// after the first click or key press.

let context = null;
let ringing = null;

export const soundIsOn = () => context?.state === "running";

export function allowSoundAfterFirstGesture(whenAllowed) {
  const unlock = async () => {
    if (typeof AudioContext === "undefined") return;
    context ??= new AudioContext();
    await context.resume();
    if (!soundIsOn()) return;
    removeEventListener("pointerdown", unlock);
    removeEventListener("keydown", unlock);
    whenAllowed();
  };
  addEventListener("pointerdown", unlock);
  addEventListener("keydown", unlock);
}

function tone(frequencies, start, seconds, loudness) {
  const gain = context.createGain();
  gain.connect(context.destination);
  const end = start + seconds;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(loudness, start + 0.02);
  gain.gain.setValueAtTime(loudness, Math.max(start + 0.02, end - 0.06));
  gain.gain.linearRampToValueAtTime(0, end);
  for (const frequency of frequencies) {
    const voice = context.createOscillator();
    voice.frequency.value = frequency;
    voice.connect(gain);
    voice.start(start);
    voice.stop(end);
  }
}

export function ring(isOn) {
  if (!isOn) {
    clearInterval(ringing);
    ringing = null;
    return;
  }
  if (ringing !== null) return;
  const once = () => {
    if (!soundIsOn()) return;
    tone([523, 659], context.currentTime, 0.5, 0.06);
    tone([523, 659], context.currentTime + 0.7, 0.5, 0.06);
  };
  once();
  ringing = setInterval(once, 3000);
}

// ITU-T Q.23: each key is a low and a high tone sounded together.
const rows = { 1: 697, 2: 697, 3: 697, 4: 770, 5: 770, 6: 770, 7: 852, 8: 852, 9: 852, "*": 941, 0: 941, "#": 941 };
const columns = { 1: 1209, 4: 1209, 7: 1209, "*": 1209, 2: 1336, 5: 1336, 8: 1336, 0: 1336, 3: 1477, 6: 1477, 9: 1477, "#": 1477 };

export function keyTone(key) {
  if (soundIsOn()) tone([rows[key], columns[key]], context.currentTime, 0.12, 0.03);
}

export function textTone() {
  if (!soundIsOn()) return;
  tone([784], context.currentTime, 0.12, 0.05);
  tone([1047], context.currentTime + 0.14, 0.18, 0.05);
}
