"""How signposts are said to staff, in plain words."""

from helpline.signposting.models import Outcome, SignpostState, TextStanding

STATES = {
    SignpostState.offered: ("Offered", "blue"),
    SignpostState.accepted: ("Accepted", "green"),
    SignpostState.declined: ("Declined", "grey"),
}
TEXTS = {
    TextStanding.waiting: "Text on its way",
    TextStanding.not_confirmed: "Text not confirmed: ask whether it came",
    TextStanding.sent: "Text sent",
    TextStanding.failed: "Text did not go",
    TextStanding.delivered: "Text delivered",
}
OUTCOMES = {
    Outcome.helped: "It helped",
    Outcome.did_not_help: "It didn't help",
    Outcome.could_not_reach: "They couldn't reach it",
    Outcome.turned_away: "They were turned away",
    Outcome.did_not_try: "They didn't try",
    Outcome.not_known: "Not known",
}
