// The console's end of the browser phone: shows how it stands and presses its buttons. The phone
// itself is in a window of its own (softphone.js), so that pages may change during a call.

const WINDOW = "popup,width=380,height=640";

// Opening its page anew would end a call: a phone that is on is only brought to the front.
function open(part) {
  const isOff = part.dataset.state === "off";
  window.open(isOff ? part.dataset.page : "", "helpline-phone", WINDOW)?.focus();
}

function startSoftphone() {
  const part = document.getElementById("softphone");
  if (!part) return;
  const channel = new BroadcastChannel("helpline-phone");
  const said = document.getElementById("softphone-state");
  const buttons = Object.fromEntries([...part.querySelectorAll("[data-do]")].map((one) => [one.dataset.do, one]));
  const show = ({ state, words, usable, isMuted, hangUpWords = "Hang up" }) => {
    part.dataset.state = state;
    document.body.toggleAttribute("data-browser-phone", !["off", "lost", "starting"].includes(state));
    const isQuiet = ["off", "on", "lost", "starting"].includes(state);
    const label = `Browser phone ${state === "off" ? "off" : state === "on" ? "on" : "…"}`;
    buttons.open.hidden = !isQuiet;
    buttons.open.textContent = label;
    for (const [name, button] of Object.entries(buttons)) {
      if (name !== "open") button.hidden = !usable.includes(name);
    }
    buttons.mute.textContent = isMuted ? "Muted" : "Mute";
    buttons.mute.setAttribute("aria-pressed", String(isMuted));
    buttons["hang-up"].textContent = hangUpWords;
    if (said.textContent !== words) said.textContent = words;
  };
  channel.addEventListener("message", ({ data }) => data.state && show(data));
  for (const [name, button] of Object.entries(buttons)) {
    if (name === "open") button.addEventListener("click", () => open(part));
    else button.addEventListener("click", () => channel.postMessage({ ask: name }));
  }
  show({ state: "off", words: "", usable: [], isMuted: false });
  channel.postMessage({ ask: "state" });
}

startSoftphone();
