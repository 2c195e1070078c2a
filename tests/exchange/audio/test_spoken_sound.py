"""What a call says and plays is really heard, and what is said into a recording is kept."""

import io
import wave

import numpy as np
import pytest
import requests

from exchange.audio.decoding import SoundError, decoded
from exchange.audio.samples import LOUDEST, RATE, keys, loudness, mixed, music, tone
from exchange.audio.speech import Speaker, voice_for
from tests.exchange.audio.conftest import Floor
from tests.exchange.audio.softphone import level
from tests.exchange.conftest import ACCOUNT, TOKEN

LUKE = 700.0
GREETING = "Hello, you are through to the helpline. Somebody will be with you in a moment."
CROESO = "Helo, rydych chi drwodd i'r llinell gymorth. Bydd rhywun gyda chi mewn munud."


def said(loop, words: str, language: str) -> np.ndarray:
    return loop.run(Speaker().say(words, language))


def wav_of(samples: np.ndarray, rate: int = RATE) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples.tobytes())
    return file.getvalue()


@pytest.mark.parametrize(("words", "language"), [(GREETING, "en-GB"), (CROESO, "cy-GB")])
def test_words_are_spoken_aloud_for_as_long_as_a_person_would_need(loop, words, language):
    spoken = said(loop, words, language)
    assert 3 < spoken.size / RATE < 9
    assert loudness(spoken) > 0.02


def test_welsh_is_not_read_as_if_it_were_english(loop):
    assert said(loop, CROESO, "cy").size != said(loop, CROESO, "en-GB").size


def test_a_language_nobody_here_speaks_is_read_in_english():
    assert voice_for("xx-XX") == voice_for("en-GB")
    assert voice_for("cy-GB") == b"cy"


def test_a_file_of_another_rate_keeps_its_notes_and_its_length():
    note = (np.sin(2 * np.pi * 440 * np.arange(8000) / 8000) * 8000).astype(np.int16)
    samples = decoded(wav_of(note, 8000))
    assert samples.size == pytest.approx(RATE, rel=0.01)
    assert level(samples, 440.0) > -20 > level(samples, 880.0)


def test_what_is_no_sound_file_is_refused():
    with pytest.raises(SoundError):
        decoded(b"<html>not found</html>")


def test_voices_that_are_too_loud_together_are_cut_off_and_never_turn_over():
    loud = np.full(960, 30_000, dtype=np.int16)
    assert set(mixed([loud, loud])) == {LOUDEST}
    assert set(mixed([-loud, -loud])) == {-LOUDEST - 1}


def test_keys_sound_as_on_every_telephone():
    one = keys("1")
    assert min(level(one[:9600], 697), level(one[:9600], 1209)) > -25
    assert keys("x").any() == np.False_


def test_the_hold_music_is_soft():
    assert 0.005 < loudness(music()) < 0.1


def test_a_greeting_is_heard_in_a_softphone(floor: Floor):
    floor.customer.replies["/leg"] = f"<Response><Say>{GREETING}</Say></Response>"
    luke = floor.registered("luke", LUKE)
    floor.ring("luke")
    floor.run(luke.accept())
    heard = floor.run(luke.sound.next_seconds(2.5))
    assert loudness(heard[-RATE:]) > 0.02


def test_keys_cut_a_prompt_short(floor: Floor):
    floor.customer.replies["/leg"] = (
        '<Response><Gather numDigits="1" action="/took"><Play digits="11111111111111111111"/>'
        "</Gather></Response>"
    )
    floor.customer.replies["/took"] = "<Response><Pause length='60'/></Response>"
    luke = floor.registered("luke", LUKE)
    floor.ring("luke")
    floor.run(luke.accept())
    floor.run(luke.sound.hears({697.0}, {697.0}))
    floor.run(luke.send("dtmf", callsid=luke.sid, dtmf="1"))
    floor.run(luke.sound.hears(set(), {697.0}))
    assert floor.customer.at("/took")[0]["Digits"] == "1"


def test_a_message_left_after_the_tone_can_be_listened_to(floor: Floor):
    floor.customer.replies["/leg"] = (
        '<Response><Record action="/kept" maxLength="2" playBeep="true"/></Response>'
    )
    luke = floor.registered("luke", LUKE)
    floor.ring("luke")
    floor.run(luke.accept())
    floor.run(luke.sound.hears({1000.0}, {1000.0}))
    hangup = floor.run(luke.told("hangup"))
    assert hangup["callsid"] == luke.sid
    (kept,) = floor.customer.at("/kept")
    file = requests.get(kept["RecordingUrl"] + ".wav", auth=(ACCOUNT, TOKEN), timeout=10)
    file.raise_for_status()
    samples = decoded(file.content)
    assert samples.size / RATE == pytest.approx(2, abs=0.4)
    assert level(samples, LUKE) > -25
    assert level(samples, 1000.0) < -40


def test_a_message_ends_by_itself_when_nothing_is_said(floor: Floor):
    floor.customer.replies["/leg"] = (
        '<Response><Record action="/kept" timeout="1" playBeep="false"/></Response>'
    )
    luke = floor.registered("luke", LUKE)
    floor.ring("luke")
    floor.run(luke.accept())
    luke.sound.hum.volume = 0.0
    floor.run(luke.told("hangup"))
    assert floor.customer.at("/kept")[0]["Digits"] == ""


def test_two_seconds_of_tone_are_two_seconds_long():
    assert tone((440,), 2).size == 2 * RATE
