"""Where the sound of a verb comes from."""

from exchange.audio.decoding import SoundError, SoundFiles
from exchange.audio.samples import Samples, keys, music, tone
from exchange.audio.speech import Speaker, SpeechError
from exchange.incidents import Incidents
from exchange.twiml import Verb


class Sources:
    def __init__(self, incidents: Incidents) -> None:
        self._incidents = incidents
        self._speaker, self._files = Speaker(), SoundFiles()
        self._music: Samples | None = None

    async def sound_of(self, verb: Verb) -> Samples | None:
        """Give the sound of a Say, a Play or a Beep; None, and a note, when there is none.

        A Play of nothing is the exchange's own hold music.
        """
        try:
            if verb.name == "Say":
                return await self._speaker.say(verb.text, verb.get("language", "en-GB"))
            if verb.name == "Beep":
                return tone((1000,), 0.4)
            if verb.get("digits"):
                return keys(verb.get("digits"))
            return await self._files.get(verb.text) if verb.text else self._own_music()
        except (SoundError, SpeechError) as error:
            self._incidents.note("sound not played", str(error))
            return None

    def _own_music(self) -> Samples:
        if self._music is None:
            self._music = music()
        return self._music

    async def close(self) -> None:
        await self._files.close()
