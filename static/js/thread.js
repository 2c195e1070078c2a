// The open conversation: stays at its newest text unless somebody reads further up, and knows which
// incoming text has really been on the screen.

const NEAR = 24;

export function startThread() {
  const reply = document.getElementById("reply");
  const newest = document.getElementById("newest");
  const talk = document.getElementById("talk");
  let wasAtEnd = true;

  const thread = () => document.getElementById("thread");
  const isAtEnd = () => {
    const list = thread();
    return !list || list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
  };
  const toEnd = () => {
    const list = thread();
    if (list) list.scrollTop = list.scrollHeight;
  };

  function seen() {
    wasAtEnd = isAtEnd();
    if (newest && wasAtEnd) newest.hidden = true;
    if (!reply || !wasAtEnd || document.visibilityState !== "visible") return;
    reply.elements.last_seen.value = document.getElementById("talk-now")?.dataset.newestIncoming ?? "0";
  }

  function refreshed() {
    const now = document.getElementById("talk-now")?.dataset ?? {};
    if (reply) reply.hidden = now.canReply !== "yes";
    if (wasAtEnd) toEnd();
    else if (newest && reply && reply.elements.last_seen.value !== now.newestIncoming) newest.hidden = false;
    seen();
  }

  toEnd();
  seen();
  // Scrolling doesn't bubble; the list itself may be put there anew.
  talk?.addEventListener("scroll", seen, true);
  document.addEventListener("visibilitychange", seen);
  talk?.addEventListener("htmx:after:swap", refreshed);
  newest?.addEventListener("click", () => {
    toEnd();
    seen();
    document.getElementById("reply-words")?.focus();
  });
}
