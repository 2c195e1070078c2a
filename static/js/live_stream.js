// A stream of what changed that never gives up. A classic script, so that both a page and a
// SharedWorker can load it. `tell` gets {kind: "hello" | "changed" | "cut" | "signed-out"}.

const SILENCE_MS = 40_000;
const RETRY_MS = 2_000;

function openStream(liveUrl, stillHereUrl, tell) {
  let source = null;
  let silence = null;
  let retry = null;

  const alive = () => {
    clearTimeout(silence);
    silence = setTimeout(() => cut(), SILENCE_MS);
  };

  function cut() {
    tell({ kind: "cut" });
    again(RETRY_MS);
  }

  function again(after = 0) {
    source?.close();
    clearTimeout(silence);
    clearTimeout(retry);
    retry = setTimeout(connect, after);
  }

  // A browser never says why a stream was refused; the page's own address does.
  async function afterError() {
    source?.close();
    clearTimeout(silence);
    try {
      const answer = await fetch(stillHereUrl, {
        headers: { "HX-Request": "true" },
        credentials: "same-origin",
      });
      if (answer.status === 401) return tell({ kind: "signed-out" });
    } catch {
      // The web process can't be reached either: that is being cut off.
    }
    cut();
  }

  function connect() {
    source = new EventSource(liveUrl, { withCredentials: true });
    alive();
    source.addEventListener("hello", () => {
      alive();
      tell({ kind: "hello" });
    });
    source.addEventListener("beat", alive);
    source.addEventListener("changed", ({ data }) => {
      alive();
      tell({ kind: "changed", topics: JSON.parse(data) });
    });
    source.addEventListener("bye", () => again());
    source.onerror = afterError;
  }

  connect();
  return { again };
}
