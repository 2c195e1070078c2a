"""Write a call plan as TwiML, the carrier's language."""

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from helpline.contacts.models import Language
from helpline.voice import wording
from helpline.voice.call_plan import Ask, GoTo, HangUp, Join, Pause, Plan, Play, Record, Say

_EVENTS = "start end join leave mute hold modify"
_LANGUAGES = {Language.en: "en-GB", Language.cy: "cy-GB"}
# Amazon's Gwyneth is the carrier's only Welsh voice; without naming it the call would fail.
_VOICES = {Language.cy: "Polly.Gwyneth"}


def write(plan: Plan, base_url: str) -> str:  # noqa: C901 - one line for each kind of step
    """Return the plan as a TwiML document; paths become addresses under `base_url`."""
    response = VoiceResponse()
    for step in plan:
        match step:
            case Say():
                _say(response, step)
            case Play():
                response.play(base_url + step.sound)
            case Pause():
                response.pause(length=step.seconds)
            case Ask():
                response.append(_question(step, base_url))
            case Record():
                _record(response, step, base_url)
            case Join():
                response.append(_conference(step, base_url))
            case GoTo():
                response.redirect(base_url + step.path, method="POST")
            case HangUp():
                response.hangup()
    return str(response)


def _question(step: Ask, base_url: str) -> Gather:
    gather = Gather(
        action=base_url + step.answer_path,
        method="POST",
        num_digits=1,
        timeout=step.seconds,
        input="dtmf",
    )
    for words in (*step.before, Say(step.wording, step.language)):
        _say(gather, words)
    return gather


def _say(where: VoiceResponse | Gather, step: Say) -> None:
    words, language = wording.spoken(step.wording, step.language)
    said = words.format(**dict(step.values)) if step.values else words
    where.say(  # type: ignore[no-untyped-call]
        said, language=_LANGUAGES[language], voice=_VOICES.get(language)
    )


def _record(response: VoiceResponse, step: Record, base_url: str) -> None:
    """Record a voicemail: never written out by a machine, and told of when it can be fetched."""
    response.record(
        action=base_url + step.done_path,
        method="POST",
        max_length=step.longest_seconds,
        timeout=step.silence_seconds,
        play_beep=True,
        trim="do-not-trim",
        transcribe=False,
        recording_status_callback=base_url + step.told_path,
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )


def _conference(step: Join, base_url: str) -> Dial:
    """Never recorded; nobody's leaving ends it (../shared/carrier/twilio.md 2.2)."""
    dial = Dial(action=base_url + step.afterwards_path, method="POST")
    further = {"coach": step.coaches} if step.coaches else {}
    if step.is_muted:
        further["muted"] = "true"
    dial.conference(
        step.conference_name,
        start_conference_on_enter=step.starts_it,
        end_conference_on_exit=False,
        beep="false",
        record="do-not-record",
        participant_label=step.label,
        wait_url=base_url + step.wait_path,
        wait_method="POST",
        status_callback=base_url + step.events_path,
        status_callback_method="POST",
        status_callback_event=_EVENTS,
        **further,
    )
    return dial
