// A softphone with the real Voice SDK that hums one note and says which notes it hears.
const notes = { at: null, listener: null, call: null, device: null, events: [] };

async function start(token, host, hertz) {
  const sound = new AudioContext({ sampleRate: 48000 });
  await sound.resume();
  notes.sound = sound;
  const voice = sound.createOscillator();
  const volume = sound.createGain();
  const microphone = sound.createMediaStreamDestination();
  voice.frequency.value = hertz;
  volume.gain.value = 0.2;
  voice.connect(volume).connect(microphone);
  voice.start();
  const names = ["disconnect", "incoming", "outgoing", "dtmfs", "dtmfh"];
  for (let key = 0; key < 10; key += 1) names.push(`dtmf${key}`);
  notes.device = new Twilio.Device(token, {
    chunderw: host,
    publishEvents: false,
    maxCallSignalingTimeoutMs: 30000,
    fileInputStream: microphone.stream,
    codecPreferences: ["opus", "pcmu"],
    disableAudioContextSounds: true,
    logLevel: 5,
    sounds: Object.fromEntries(names.map((name) => [name, "/silence.wav"])),
  });
  for (const event of ["registered", "unregistered", "incoming", "error"]) {
    notes.device.on(event, (what) => notes.events.push(what?.code ? `${event} ${what.code}` : event));
  }
  notes.device.on("incoming", (call) => {
    notes.call = call;
    for (const event of ["accept", "disconnect", "cancel", "reconnecting", "reconnected", "error"]) {
      call.on(event, () => notes.events.push(`call ${event}`));
    }
    call.on("accept", listen);
    call.accept({ rtcConfiguration: { iceServers: [] } });
  });
  await notes.device.register();
  return notes.device.state;
}

async function listen() {
  let stream = null;
  for (let tries = 0; tries < 100 && !stream; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    stream = notes.call.getRemoteStream();
  }
  notes.listener = notes.sound.createAnalyser();
  notes.listener.fftSize = 16384;
  notes.listener.smoothingTimeConstant = 0;
  notes.sound.createMediaStreamSource(stream).connect(notes.listener);
}

// The levels, in dB, at each of these frequencies; null before anything can be heard.
function levels(frequencies) {
  if (!notes.listener) return null;
  const bins = new Float32Array(notes.listener.frequencyBinCount);
  notes.listener.getFloatFrequencyData(bins);
  return frequencies.map((hertz) => {
    const bin = Math.round(hertz / (notes.sound.sampleRate / notes.listener.fftSize));
    return Math.max(bins[bin - 1], bins[bin], bins[bin + 1]);
  });
}

// Whether exactly these notes of all of them are heard.
function hears({ expected, all }) {
  const found = levels(all);
  return found !== null && all.every((hertz, n) => found[n] > -60 === expected.includes(hertz));
}

// The loudest level, in dB, at any frequency.
function loudest() {
  if (!notes.listener) return -Infinity;
  const bins = new Float32Array(notes.listener.frequencyBinCount);
  notes.listener.getFloatFrequencyData(bins);
  return Math.max(...bins);
}
