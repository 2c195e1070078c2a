"""How consents, plans and disclosures are said to staff, in plain words. Codes stay in tables."""

from datetime import date, datetime

from helpline.clock import in_london
from helpline.confidentiality import hours, safe_contact
from helpline.confidentiality.consent import About, ConsentEntry, Heard, Scope, Towards
from helpline.confidentiality.models import PersonTold, Recipient, Standing, Step, Threshold
from helpline.confidentiality.safe_contact import KeptBack, SafeContactPlan, Way

SCOPES = {
    Scope.fact_of_contact: "Say that they have been in touch",
    Scope.safe_and_well: "Say that they are safe and well",
    Scope.channel: "Say whether they phoned or texted",
    Scope.date: "Say on which day they were in touch",
    Scope.area: "Say roughly where they are",
    Scope.reply_address: "Give a number or address to reply to",
    Scope.talk_directly: "Say that they are willing to talk directly",
    Scope.tell_police: "Tell the police that they are safe",
    Scope.pass_message: "Pass on a message",
    Scope.call_back: "Phone them back",
    Scope.text_back: "Text them later",
    Scope.three_way: "Bring somebody else onto the call",
    Scope.share_with_partner: "Share what they said with a partner",
}

TOWARDS = {
    Towards.themselves: "Themselves",
    Towards.family: "Family",
    Towards.friend: "A friend",
    Towards.police: "The police",
    Towards.social_worker: "A social worker",
    Towards.partner_service: "A partner service",
    Towards.somebody_else: "Somebody else",
}

ABOUTS = {
    About.themselves: "Themselves",
    About.their_child: "Their child",
    About.somebody_else: "Somebody else",
}

HEARD = {
    Heard.call: "On a call",
    Heard.text: "By text",
    Heard.page: "On a page",
    Heard.in_person: "In person",
}

WAYS = {Way.text: "Text them", Way.call: "Phone them"}

KEPT_BACK = {
    KeptBack.never_this_way: "Their plan says never to text",
    KeptBack.outside_hours: "Their plan says not before",
    KeptBack.plan_ended: "Their plan has ended. Ask them again how to reach them",
    KeptBack.consent_ended: "The consent that it relied on was withdrawn or has ended",
    KeptBack.message_stopped: "The message was stopped before it left",
    KeptBack.nobody_named: "We could not tell whom it reaches. Tell a supervisor",
}

THRESHOLDS = {
    Threshold.concern: "A concern",
    Threshold.significant_harm: "Significant harm is likely",
    Threshold.immediate_danger: "A life is in danger now",
}

RECIPIENTS = {
    Recipient.police: "Police",
    Recipient.ambulance: "Ambulance",
    Recipient.childrens_services: "Children's services",
    Recipient.adult_services: "Adult services",
    Recipient.health: "A doctor or hospital",
    Recipient.another_service: "Another service",
}

PERSON_TOLD = {
    PersonTold.told_first: "Told before",
    PersonTold.told_afterwards: "To be told afterwards",
    PersonTold.not_told: "Not told",
}

STANDINGS = {
    Standing.to_decide: "Waits for a second person",
    Standing.agreed: "Agreed by two, not told yet",
    Standing.not_agreed: "Not agreed: nothing may be told",
    Standing.to_confirm: "Told, waits for a second person",
    Standing.made: "Told, agreed by two",
    Standing.disputed: "Told, but the second person did not agree",
}

STEPS = {
    Step.agreed: "Second person agreed",
    Step.not_agreed: "Second person did not agree",
    Step.made: "Told",
    Step.corrected: "Correction",
    Step.reviewed: "Review",
}


def day(on: date) -> str:
    """`23 November 2026`."""
    return f"{on.day} {on.strftime('%B %Y')}"


def moment(at: datetime) -> str:
    """`23 November 2026, 18:04` in UK time: for paper, which outlives the day."""
    there = in_london(at)
    return f"{day(there.date())}, {there:%H:%M}"


def last_day(until: datetime) -> str:
    """Say the last day on which something holds that ends at an instant."""
    there = in_london(until)
    is_midnight = (there.hour, there.minute, there.second) == (0, 0, 0)
    ends = date.fromordinal(there.toordinal() - 1) if is_midnight else there.date()
    return day(ends)


def plan_in_sentences(plan: SafeContactPlan | None, at: datetime) -> list[str]:
    """Say a plan as plain sentences, what matters most first."""
    if plan is None:
        return ["Nothing agreed yet. Ask whether it is safe to reach them, and how."]
    ended = safe_contact.has_ended(plan, at) and plan.valid_until is not None
    sentences = [
        f"The plan ended on {day(plan.valid_until)}. Until they tell us anew, we only answer."
        if ended and plan.valid_until is not None
        else "",
        _ways(plan),
        _hours(plan),
        f"First say: “{plan.words_first}”" if plan.words_first else "",
        "They share this phone with others." if plan.is_shared_phone else "",
        f"Others who may answer: {plan.others_who_answer}" if plan.others_who_answer else "",
        _voicemail(plan),
        f"Holds until {day(plan.valid_until)}." if plan.valid_until and not ended else "",
    ]
    return [each for each in sentences if each]


def scopes(entry: ConsentEntry) -> list[str]:
    """Say what an entry agrees to, in the order of the list."""
    return [SCOPES[scope] for scope in Scope if scope in entry.scopes]


def recipient(entry: ConsentEntry) -> str:
    """Say towards whom an entry is: the kind, and who exactly where we know."""
    kind = TOWARDS[entry.towards]
    return f"{kind} ({entry.recipient})" if entry.recipient else kind


def _ways(plan: SafeContactPlan) -> str:
    match plan.may_text, plan.may_call:
        case True, True:
            return "Text or phone them."
        case True, False:
            return "Text only. Never phone."
        case False, True:
            return "Phone only. Never text."
        case _:
            return "Never text or phone. Wait until they are in touch."


def _hours(plan: SafeContactPlan) -> str:
    if not (plan.may_text or plan.may_call):
        return ""
    if not plan.stored_hours:
        return "At any time."
    windows = hours.from_stored(plan.stored_hours)
    said = "; ".join(window.in_words() for window in windows)
    return f"Only {said}, UK time."


def _voicemail(plan: SafeContactPlan) -> str:
    if not plan.may_call:
        return ""
    return "Voicemail is all right." if plan.may_leave_voicemail else "Never leave voicemail."
