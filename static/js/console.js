// The console's page: wires its parts together.
import { startActions } from "./actions.js";
import { startAlerts } from "./alerts.js";
import { forgetWhatWasSent } from "./drafts.js";
import { startLineCheck } from "./line_check.js";
import { startPresence } from "./presence.js";
import { startSavedReplies } from "./saved_replies.js";
import { startShortcuts } from "./shortcuts.js";
import { startThread } from "./thread.js";
import { startTryNext } from "./try_next.js";
import { startCounting, startWriting } from "./writing.js";

forgetWhatWasSent();
startAlerts();
startActions();
startShortcuts();
startLineCheck();
startTryNext();

const reply = document.getElementById("reply");
const note = document.getElementById("note");
if (reply) {
  startWriting(reply);
  startCounting(reply);
  startSavedReplies(reply);
}
if (note) startWriting(note);
startPresence([reply, note].filter(Boolean).map((form) => form.elements.words));
startThread();
