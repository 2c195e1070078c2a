// Tells this page what changed: events on <body> that the page's parts wait for, each of which then
// fetches itself again. Says so when the line to the server is cut.

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";
const openContact = meta("open-contact");
const me = meta("staff");
const banner = document.getElementById("connection");

const dispatch = (part) => document.body.dispatchEvent(new CustomEvent(`live:${part}`));

function partOf(topic) {
  if (topic === "everything") return "refresh";
  if (topic === `contact:${openContact}`) return "contact";
  if (topic === `presence:${openContact}`) return "presence";
  if (topic === `staff:${me}`) return "staff";
  return ["waiting", "shift", "tasks"].includes(topic) ? topic : null;
}

function changed(topics) {
  const parts = new Set(topics.map(partOf));
  if (parts.has("refresh")) return dispatch("refresh");
  for (const part of parts) if (part) dispatch(part);
}

function say(words, link = null) {
  if (banner.dataset.words === words) return;
  banner.dataset.words = words;
  banner.replaceChildren();
  if (!words) return;
  const line = document.createElement("p");
  line.className = "connection";
  line.append(words);
  if (link) {
    const way = document.createElement("a");
    way.href = meta("sign-in");
    way.textContent = link;
    line.append(" ", way);
  }
  banner.append(line);
}

const SIGNED_OUT = "You are signed out. What you typed is kept in this tab.";

export function hear(news) {
  if (news.kind === "changed") return changed(news.topics);
  if (news.kind === "signed-out") return say(SIGNED_OUT, "Sign in again");
  if (news.kind === "cut") return say("Connection lost. Trying again… What you type is kept.");
  if (news.kind === "hello") {
    say("");
    // What was missed is unknown, so every part is looked at again.
    dispatch("refresh");
  }
}

const join = { kind: "join", liveUrl: meta("live-url"), stillHereUrl: meta("still-here") };
const here = new URL(".", import.meta.url);

function joinShared() {
  const worker = new SharedWorker(new URL("live_worker.js", here), { name: join.liveUrl });
  worker.port.onmessage = ({ data }) => hear(data);
  worker.port.postMessage(join);
  addEventListener("pagehide", () => worker.port.postMessage({ kind: "leave" }));
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
}

async function joinAlone() {
  const script = document.createElement("script");
  script.src = new URL("live_stream.js", here).href;
  await new Promise((loaded) => {
    script.onload = loaded;
    document.head.append(script);
  });
  window.openStream(join.liveUrl, join.stillHereUrl, hear);
}

if (typeof SharedWorker === "undefined") joinAlone();
else joinShared();

// A part that is refused because the sign-in has ended must not carry the page away: somebody may
// be in the middle of a sentence.
document.body.addEventListener("htmx:before:response", (event) => {
  if (event.detail.ctx.response.status !== 401) return;
  event.preventDefault();
  hear({ kind: "signed-out" });
});
