// Hears from the exchange that something changed. The news says nothing more than that, so a
// lost or doubled event costs one fetch.

const slots = ["phone-stream-1", "phone-stream-2", "phone-stream-3", "phone-stream-4"];

// A browser gives one server six connections for all its tabs. Only four phones may hold one
// open for ever; a fifth and later ones ask every two seconds, so that no tab ever stalls.
async function holdASlot() {
  if (!navigator.locks) return true;
  for (const slot of slots) {
    const held = await new Promise((resolve) => {
      navigator.locks.request(slot, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock && new Promise(() => {});
      });
    });
    if (held) return true;
  }
  return false;
}

export function follow(address, { changed, lost }) {
  let stream = null;
  let wait = 500;
  const open = () => {
    stream?.close();
    stream = new EventSource(address());
    stream.addEventListener("open", () => {
      wait = 500;
      changed();
    });
    stream.addEventListener("changed", changed);
    stream.addEventListener("error", () => {
      lost();
      // An EventSource gives up for good when the answer isn't 200; this phone never does.
      stream.close();
      setTimeout(open, wait);
      wait = Math.min(wait * 2, 5000);
    });
  };
  setInterval(changed, 15000);
  addEventListener("online", changed);
  document.addEventListener("visibilitychange", () => document.hidden || changed());
  holdASlot().then((isHeld) => (isHeld ? open() : setInterval(changed, 2000)));
  return { restart: () => stream && open() };
}
