"""The words by which the console says how things stand. Codes stay in the database."""

from typing import TYPE_CHECKING

from helpline.accounts.models import Availability, Because
from helpline.confidentiality.safe_contact import KeptBack
from helpline.confidentiality.wording import KEPT_BACK
from helpline.contacts.alarms import AlarmKind
from helpline.contacts.models import (
    Channel,
    ContactState,
    Ending,
    Happening,
    Language,
    Need,
    Stream,
    WrapUp,
)
from helpline.contacts.night_plans import SafeToWait
from helpline.contacts.wrap_up import taxonomy
from helpline.directory.line_hours import Door
from helpline.sms.models import Text, TextState
from helpline.voice.bars import BarReason
from helpline.voice.bridge_standing import Phase
from helpline.voice.call_outs import Came, Ground
from helpline.voice.models import LegRole, LegState, ListenBecause, Manner
from helpline.voice.voicemails import VoicemailOutcome, VoicemailState
from helpline.web.presentation import day_and_time

if TYPE_CHECKING:
    from helpline.console.contact_view import ContactView

CHANNELS = {Channel.voice: "Call", Channel.sms: "Text"}

STATES = {
    ContactState.arriving: "Hears the greeting",
    ContactState.waiting: "Waiting",
    ContactState.with_call_taker: "In conversation",
    ContactState.with_switchboard: "With a switchboard",
    ContactState.wrapping_up: "To wrap up",
    ContactState.closed: "Closed",
}

NEEDS = {
    Need.cut_off: "Was cut off",
    Need.danger: "Words of danger",
    Need.child: "Under 18",
    Need.returning: "Back again",
    Need.first_by_hand: "Put first",
    Need.later_by_hand: "Can wait",
}

LANGUAGES = {Language.en: "English", Language.cy: "Welsh"}

AVAILABILITIES = {
    Availability.off_shift: "Off shift",
    Availability.ready: "Ready",
    Availability.busy: "On a call",
    Availability.wrapping_up: "Wrapping up",
    Availability.away: "Away",
}

STREAMS = {
    Stream.not_chosen: "No kind chosen",
    Stream.young_person: "Young people",
    Stream.adult_away: "Adults who are away",
    Stream.family: "Families",
    Stream.sighting: "Sightings",
    Stream.professional: "Professionals",
    Stream.message_collection: "Collecting a message",
}

PHASES = {
    Phase.not_rung: "Nobody has been rung yet.",
    Phase.rings: "Their phone rings. You and the caller talk on meanwhile.",
    Phase.picked_up: "Somebody, or a voicemail box, picked up. Nobody has pressed 1 yet.",
    Phase.comes_in: "They pressed 1 and are coming in. The caller is put on hold with words.",
    Phase.briefing: "You talk with them in private. The caller hears that we are still here.",
    Phase.on_hold: "On hold. They hear that we are still here.",
    Phase.joined: "In the call, with the caller.",
    Phase.not_answered: "Nobody answered.",
    Phase.left: "They have left the call.",
    Phase.by_hand: "None of their numbers can be rung now. Dial by hand from another phone.",
}

LEG_STATES = {
    LegState.promised: "about to be rung",
    LegState.ringing: "phone rings",
    LegState.answered: "picked up, has not pressed 1",
    LegState.accepted: "coming in",
    LegState.joined: "in the call",
    LegState.ended: "gone",
}

SAFE_TO_WAIT = {
    SafeToWait.yes: "It is safe to wait",
    SafeToWait.no: "It is not safe to wait",
    SafeToWait.does_not_wait: "They wait nowhere",
}

DOORS = {
    Door.every_call: "Every call",
    **{
        Door(stream.value): label
        for stream, label in STREAMS.items()
        if stream is not Stream.not_chosen
    },
    Door.texts: "Texts",
}

BARS = {
    BarReason.abusive: "Abusive",
    BarReason.threatening: "Threatening",
    BarReason.sexual: "Sexual calls",
    BarReason.hoax: "Hoax calls",
    BarReason.other: "Something else",
}

VOICEMAILS = {
    VoicemailOutcome.reached: "They were reached",
    VoicemailOutcome.passed_on: "Passed on, as they asked",
    VoicemailOutcome.not_reached: "Tried, and not reached",
    VoicemailOutcome.no_answer_wanted: "No answer was wanted",
    VoicemailOutcome.no_safe_way: "There is no safe way to answer",
    VoicemailOutcome.silent: "Nobody spoke",
    VoicemailOutcome.abusive: "Hoax or abusive",
}

VOICEMAIL_STATES = {
    VoicemailState.begun: "Being spoken",
    VoicemailState.left: "Being fetched from the carrier",
    VoicemailState.kept: "Ready to be heard",
    VoicemailState.empty: "Nothing was said",
    VoicemailState.not_had: "The carrier did not give it",
}

TIERS = {1: "first choice", 2: "second choice", 3: "third choice"}

WHY_NOT_READY = {
    Because.missed_rings: "Your phone rang twice and nobody answered, so no more calls are sent "
    "to you. Choose Ready when you are back.",
    Because.break_offered: "That may have been hard. You can take ten minutes for yourself, or "
    "choose Ready to go on.",
    Because.on_break: "You are on a break. Choose Ready if you want to come back sooner.",
    Because.more_time: "You have as long as you need. Wrapping up makes you ready again.",
}

WHY_SHORTLY = {
    Because.missed_rings: "did not answer twice",
    Because.break_offered: "break offered after a hard contact",
    Because.on_break: "on a break after a hard contact",
    Because.more_time: "needs more time to wrap up",
}
"""The same for supervisors."""

MANNERS = {
    Manner.listen: "listens. Nobody hears them",
    Manner.whisper: "talks to the call-taker alone. The caller does not hear it",
    Manner.join_in: "has joined in. Everybody hears everybody",
}

MANNERS_SHORTLY = {
    Manner.listen: "listens",
    Manner.whisper: "talks to the call-taker",
    Manner.join_in: "has joined in",
}

PARTIES = {
    LegRole.partner: "Partner",
    LegRole.colleague: "Colleague",
    LegRole.supervisor: "Supervisor",
    LegRole.switchboard: "Switchboard",
}

REASONS_TO_LISTEN = {
    ListenBecause.help_asked: "They asked for help",
    ListenBecause.alarm: "An alarm",
    ListenBecause.quality: "Looking after quality",
    ListenBecause.training: "Training",
}

ENDINGS = {
    Ending.wrapped_up: "Wrapped up",
    Ending.asked_to_stop: "Asked us not to write first any more",
    Ending.left_in_greeting: "Hung up during the greeting",
    Ending.left_while_waiting: "Hung up while waiting",
    Ending.not_reached: "Was rung and not reached",
    Ending.left_voicemail: "Left a voicemail",
    Ending.barred: "Barred, and did not ask to be let in",
    Ending.put_through: "Put through to a switchboard",
}

HAPPENINGS = {
    Happening.call_arrived: "Call arrived",
    Happening.kind_chosen: "Chose by a key what it is about",
    Happening.text_arrived: "Text arrived",
    Happening.reopened: "Wrote again: conversation reopened",
    Happening.started_waiting: "Started waiting",
    Happening.phone_rang: "Phone rang",
    Happening.phone_not_answered: "Phone not answered",
    Happening.taken: "Taken",
    Happening.call_taker_cut_off: "Call-taker's phone cut off: caller kept on the line",
    Happening.choice_given: "Given a choice: wait on, be rung back, leave a message",
    Happening.switchboard_rung: "Chose to be put through to a switchboard",
    Happening.put_through: "Put through to the switchboard",
    Happening.back_from_switchboard: "Back from the switchboard: nobody answered, or they hung up",
    Happening.supervisor_listens: "Supervisor listens",
    Happening.supervisor_whispers: "Supervisor talks to the call-taker alone",
    Happening.supervisor_joined_in: "Supervisor joined in",
    Happening.supervisor_left: "Supervisor left the call",
    Happening.taken_over: "Taken over by a supervisor",
    Happening.handed_back: "Handed back to those who wait",
    Happening.handed_over: "Handed over to a colleague",
    Happening.put_first: "Put first among those who wait",
    Happening.put_later: "Marked as able to wait",
    Happening.put_as_it_was: "Put back in the usual order",
    Happening.outreach_stopped: "Wants no text that we send first",
    Happening.outreach_allowed: "May be written to first again",
    Happening.carrier_blocks: "The carrier refuses our texts to them since a STOP of theirs",
    Happening.carrier_allows: "The carrier takes our texts to them again",
    Happening.answered_first: "First answer sent by itself",
    Happening.goes_on_by_voice: "Agreed to go on by telephone",
    Happening.goes_on_by_text: "Agreed to go on by text",
    Happening.let_in: "Barred, but said by a key: in danger, or under 18",
    Happening.voicemail_begun: "Chose to leave a voicemail",
    Happening.voicemail_left: "Left a voicemail",
    Happening.voicemail_done: "Voicemail dealt with",
    Happening.caller_left: "Caller hung up",
    Happening.ended: "Ended",
    Happening.note_written: "Note written",
    Happening.wrapped_up: "Wrapped up",
    Happening.text_not_confirmed: "A text was not confirmed",
    Happening.text_refused: "A text could not be delivered",
    Happening.first_minute_noted: "First minute noted",
    Happening.asked_to_be_rung_back: "Asked to be rung back: keeps their place",
    Happening.call_back_for_a_person: "Not reached so far: a person decides what is done",
    Happening.call_back_ended: "Not reached in the time that was promised: ended",
    Happening.ringing_begun: "Is being rung: call-taker's phone first",
    Happening.person_took_it: "Took the call",
    Happening.person_not_there: "Rung: no answer",
    Happening.person_busy: "Rung: busy",
    Happening.person_did_not_take_it: "Rung: picked up, but nobody took the call",
    Happening.person_not_to_be_had: "Could not be rung: the carrier refused it",
    Happening.person_perhaps_rung: "Perhaps rung: the carrier never said",
    Happening.person_not_rung: "Not rung: their wish or plan does not allow it now",
    Happening.own_phone_not_answered: "Not rung: the call-taker's own phone was not answered",
    Happening.ringing_stopped: "Ringing stopped",
    Happening.person_rang_us: "Rang us meanwhile",
    Happening.talk_ended: "Call ended; texts go on",
    Happening.caller_held: "Put on hold, with words",
    Happening.caller_back: "Back from hold",
    Happening.no_danger: "No danger after all",
    Happening.marked_child: "Marked as under 18",
    Happening.marked_adult: "Marked as 18 or over",
    Happening.partner_rung: "Partner rung",
    Happening.partner_not_answered: "Partner did not answer",
    Happening.partner_came: "Partner on the line, briefed in private",
    Happening.partner_joined: "Caller and partner brought together",
    Happening.partner_left: "Partner left the call",
    Happening.colleague_asked: "Colleague asked to take the call over",
    Happening.colleague_not_answered: "Colleague did not answer",
    Happening.colleague_came: "Colleague came into the call",
    Happening.plan_agreed: "Plan for tonight agreed",
    Happening.plan_not_needed: "No plan for tonight needed",
    Happening.arrived: "Arrived",
    Happening.not_arrived: "Did not arrive",
    Happening.arrival_not_known: "Nobody could say whether they arrived",
    Happening.professional_asked: "Professional to be asked to ring back",
    Happening.professional_not_reached: "Professional tried and not reached",
    Happening.professional_confirmed: "A person has the message to ring back",
    Happening.professional_next_rung: "Not confirmed in time: on to the next of the ladder",
    Happening.professional_no_rung_left: "Not confirmed, and nobody is left on the ladder",
    Happening.professional_late: "The professional has not rung back in time",
    Happening.professional_rang_back: "The professional rang back",
    Happening.professional_given_up: "Message to the professional closed without a ring-back",
    Happening.signpost_given: "Pointed to a service",
    Happening.signpost_called: "Called a service for them",
    Happening.signpost_texted: "Texted them a service's details",
    Happening.signpost_outcome: "Told what came of a service",
    Happening.need_unmet: "No service found for a need",
    Happening.concern_raised: "Concern raised with the safeguarding lead",
    Happening.carrier_sent_twice: "The carrier sent this text twice with different words",
}

GROUNDS = {
    Ground.cut_off: "They said in this call: ring me back if we are cut off.",
    Ground.call_back: "They asked to be rung back when it is their turn.",
    Ground.by_voice: "They agreed in this conversation to go on by telephone.",
    Ground.consent: "They agreed to be called back; it stands in what they agreed to.",
    Ground.plan: "Their plan says that we may ring at this hour.",
    Ground.message: "A message is to be given to them.",
    Ground.three_way: "Both sides want to talk, with you on the line.",
}
"""On what it rests that somebody may be rung."""

CAME = {
    Came.taken: "They took the call.",
    Came.no_answer: "Nobody answered.",
    Came.busy: "It was busy.",
    Came.not_taken: "Somebody or something picked up, and nobody took the call.",
    Came.failed: "The carrier would not ring it.",
    Came.not_sure: "The carrier never said whether it rang. It is not rung again by itself.",
    Came.kept_back: "It was not rung: their wish or plan does not allow it now.",
    Came.own_phone: "Your own phone was not answered, so theirs was not rung.",
    Came.taken_back: "You stopped it.",
    Came.rang_us: "They rang us meanwhile.",
}
"""What came of ringing somebody."""

ALARMS = {
    AlarmKind.quiet: "Calls for help quietly. Do not ring or write to them: whoever stands beside "
    "them must not learn of it",
    AlarmKind.danger: "Has somebody on the line who is in danger now",
    AlarmKind.gone: "Was cut off from a child, or from somebody in danger",
    AlarmKind.cut_off: "Has lost their phone in a call with a child, or with somebody in danger. "
    "The caller is still on the line",
    AlarmKind.not_arrived: "Somebody has not arrived as agreed, or nobody has made sure",
    AlarmKind.not_confirmed: "No professional has confirmed a message, and nobody is left to try",
    AlarmKind.not_rung_back: "A professional has a message and has not rung back in time",
}

TEXT_STATES = {
    TextState.received: "received",
    TextState.waiting: "waiting to be sent",
    TextState.accepted: "on its way",
    TextState.sent: "sent",
    TextState.not_confirmed: "not confirmed",
    TextState.held: "held back",
    TextState.failed: "not delivered",
    TextState.taken_back: "taken back, not sent",
    TextState.delivered: "delivered",
}

# The carrier's reasons, in words that say what to do (twilio.md section 3).
_REASONS = {
    21211: "The number can't be reached by text.",
    21610: "They have opted out of our texts at the carrier. Tell a supervisor.",
    21612: "The number can't be reached by text.",
    21614: "It is not a mobile number.",
    21617: "The text is too long.",
    30003: "Their phone is switched off or has no signal. Try again in some hours.",
    30004: "Their network blocks texts from us.",
    30005: "The number is not in use.",
    30006: "It is a landline, which can't be texted.",
    30007: "Their network filtered it out. Try other words.",
}


def why_it_failed(text: Text) -> str:
    """Say why a text was not delivered, as far as the carrier told, or why we kept it back."""
    if text.kept_back is not None:
        return f"{KEPT_BACK[text.kept_back]}."
    if text.code is None:
        return "The carrier gave no reason."
    return _REASONS.get(text.code, f"The carrier's reason is number {text.code}.")


def why_it_is_held(text: Text) -> str:
    """Say until when a text is held: "Held until 18:00: their plan says not before"."""
    until = day_and_time(text.held_until) if text.held_until else "later"
    reason = KEPT_BACK[text.kept_back or KeptBack.outside_hours]
    return f"Held until {until}: {reason[0].lower()}{reason[1:]}."


def plan_warning(view: "ContactView") -> str:
    """Say beside the reply what the plan does to a text sent now; empty where it may go."""
    if view.text_verdict.because is None:
        return ""
    if view.text_verdict.until is None:
        return f"{KEPT_BACK[view.text_verdict.because]}. A text written now is not sent."
    until = day_and_time(view.text_verdict.until)
    return f"Their plan says not before {until}. A text written now is held until then."


# Which list of the taxonomy each part of a wrap-up is from, and what people call it.
_CODINGS = {
    "contact_type": "Who",
    "age_band": "Age",
    "situation": "Situation",
    "tonight": "Tonight",
    "risk": "Risk seen",
    "outcome": "Outcome",
}


def coding(done: WrapUp) -> list[tuple[str, str]]:
    """Write a wrap-up as pairs of question and answer; a code no longer in use stays a code."""
    lists = {name: dict(rows) for name, rows in taxonomy().lists.items()}
    answers = [
        (label, lists[name].get(getattr(done, name), getattr(done, name)))
        for name, label in _CODINGS.items()
    ]
    reasons = [lists["reason"].get(code, code) for code in done.reasons]
    if reasons:
        answers.append(("Reasons", ", ".join(reasons)))
    if done.other_words:
        answers.append(("Also", done.other_words))
    return answers
