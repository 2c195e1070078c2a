"""How calls, rooms, participants, messages and numbers look in Twilio's 2010 API."""

from exchange.calls import API_VERSION, seconds_talked
from exchange.clock import rfc2822
from exchange.identifiers import fixed_sid
from exchange.pictures import Picture
from exchange.records import CallRecord, ConferenceRecord, MessageRecord, RecordingRecord
from exchange.rooms import Seat
from exchange.settings import Settings
from exchange.telephone_numbers import formatted
from exchange.texts import reason

Json = dict[str, object]


def base(settings: Settings) -> str:
    return f"/{API_VERSION}/Accounts/{settings.account_sid}"


def number_sid(settings: Settings) -> str:
    return fixed_sid("PN", settings.number)


def call(settings: Settings, record: CallRecord) -> Json:
    uri = f"{base(settings)}/Calls/{record.sid}"
    parts = (
        "notifications",
        "recordings",
        "payments",
        "events",
        "siprec",
        "streams",
        "transcriptions",
        "user_defined_message_subscriptions",
        "user_defined_messages",
    )
    ours = record.direction == "inbound" or record.from_ == settings.number
    return {
        "sid": record.sid,
        "date_created": rfc2822(record.created),
        "date_updated": rfc2822(record.updated or record.created),
        "parent_call_sid": record.parent,
        "account_sid": settings.account_sid,
        "to": record.to,
        "to_formatted": formatted(record.to),
        "from": record.from_,
        "from_formatted": formatted(record.from_),
        "phone_number_sid": number_sid(settings) if ours else None,
        "status": record.status,
        "start_time": rfc2822(record.started),
        "end_time": rfc2822(record.ended),
        "duration": str(seconds_talked(record)) if record.over else None,
        "price": None,
        "price_unit": "USD",
        "direction": record.direction,
        "answered_by": None,
        "api_version": API_VERSION,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "trunk_sid": None,
        "uri": f"{uri}.json",
        "subresource_uris": {part: f"{uri}/{_camel(part)}.json" for part in parts},
    }


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def conference(settings: Settings, record: ConferenceRecord) -> Json:
    uri = f"{base(settings)}/Conferences/{record.sid}"
    return {
        "account_sid": settings.account_sid,
        "date_created": rfc2822(record.created),
        "date_updated": rfc2822(record.updated or record.created),
        "api_version": API_VERSION,
        "friendly_name": record.name,
        "region": "ie1",
        "sid": record.sid,
        "status": record.status,
        "uri": f"{uri}.json",
        "subresource_uris": {
            "participants": f"{uri}/Participants.json",
            "recordings": f"{uri}/Recordings.json",
        },
        "reason_conference_ended": record.reason,
        "call_sid_ending_conference": record.ended_by,
    }


def participant(settings: Settings, seat: Seat) -> Json:
    entry, room = seat.entry, seat.room.record
    return _participant(settings, room.sid, seat.call.record.sid) | {
        "label": entry.label or None,
        "call_sid_to_coach": entry.coach or None,
        "coaching": bool(entry.coach),
        "date_created": rfc2822(seat.joined),
        "date_updated": rfc2822(seat.changed),
        "end_conference_on_exit": entry.end_on_exit,
        "muted": entry.muted,
        "hold": entry.held,
        "start_conference_on_enter": entry.start,
        "status": "connected",
    }


def _participant(settings: Settings, room_sid: str, call_sid: str) -> Json:
    uri = f"{base(settings)}/Conferences/{room_sid}/Participants/{call_sid}.json"
    return {
        "account_sid": settings.account_sid,
        "call_sid": call_sid,
        "conference_sid": room_sid,
        "queue_time": None,
        "uri": uri,
    }


def expected_participant(settings: Settings, room_sid: str, record: CallRecord, label: str) -> Json:
    """Show somebody who is being rung and will be in the room once they answer."""
    return _participant(settings, room_sid, record.sid) | {
        "label": label or None,
        "call_sid_to_coach": None,
        "coaching": False,
        "date_created": rfc2822(record.created),
        "date_updated": rfc2822(record.created),
        "end_conference_on_exit": False,
        "muted": False,
        "hold": False,
        "start_conference_on_enter": True,
        "status": "queued",
    }


def media(settings: Settings, record: MessageRecord, picture: Picture) -> Json:
    """Show one picture of a text."""
    uri = f"{base(settings)}/Messages/{record.sid}/Media/{picture.sid}"
    return {
        "sid": picture.sid,
        "account_sid": settings.account_sid,
        "parent_sid": record.sid,
        "content_type": picture.kind,
        "date_created": rfc2822(record.created),
        "date_updated": rfc2822(record.updated or record.created),
        "uri": f"{uri}.json",
    }


def message(settings: Settings, record: MessageRecord, *, pictures: int = 0) -> Json:
    uri = f"{base(settings)}/Messages/{record.sid}"
    chosen = record.service is None or record.sent is not None
    return {
        "body": "" if record.redacted else record.body,
        "num_segments": str(record.segments),
        "direction": record.direction,
        "from": record.from_ if chosen else None,
        "to": record.to,
        "date_updated": rfc2822(record.updated or record.created),
        "price": None,
        "error_message": reason(record.error),
        "uri": f"{uri}.json",
        "account_sid": settings.account_sid,
        "num_media": str(pictures),
        "status": record.status,
        "messaging_service_sid": record.service,
        "sid": record.sid,
        "date_sent": rfc2822(record.sent),
        "date_created": rfc2822(record.created),
        "error_code": record.error,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def recording(settings: Settings, record: RecordingRecord) -> Json:
    uri = f"{base(settings)}/Recordings/{record.sid}"
    return {
        "account_sid": settings.account_sid,
        "api_version": API_VERSION,
        "call_sid": record.call,
        "conference_sid": None,
        "date_created": rfc2822(record.created),
        "date_updated": rfc2822(record.created + record.duration),
        "start_time": rfc2822(record.created),
        "duration": str(record.duration),
        "sid": record.sid,
        "price": None,
        "price_unit": "USD",
        "status": record.status,
        "channels": 1,
        "source": "RecordVerb",
        "error_code": None,
        "uri": f"{uri}.json",
        "encryption_details": None,
        "subresource_uris": {
            "add_on_results": f"{uri}/AddOnResults.json",
            "transcriptions": f"{uri}/Transcriptions.json",
        },
        "media_url": f"{uri}",
    }


def incoming_number(settings: Settings, since: float) -> Json:
    """Show the helpline's own number, as it is set up."""
    sid = number_sid(settings)
    return {
        "sid": sid,
        "account_sid": settings.account_sid,
        "friendly_name": formatted(settings.number),
        "phone_number": settings.number,
        "api_version": API_VERSION,
        "date_created": rfc2822(since),
        "date_updated": rfc2822(since),
        "capabilities": {"voice": True, "sms": True, "mms": False, "fax": False},
        "voice_url": settings.voice_url,
        "voice_method": "POST",
        "voice_fallback_url": settings.voice_fallback_url,
        "voice_fallback_method": "POST",
        "status_callback": settings.voice_status_url,
        "status_callback_method": "POST",
        "sms_url": settings.sms_url,
        "sms_method": "POST",
        "sms_fallback_url": "",
        "sms_fallback_method": "POST",
        "address_requirements": "none",
        "voice_receive_mode": "voice",
        "emergency_status": "Inactive",
        "emergency_address_status": "unregistered",
        "voice_caller_id_lookup": False,
        "beta": False,
        "origin": "twilio",
        "status": "in-use",
        "type": None,
        "uri": f"{base(settings)}/IncomingPhoneNumbers/{sid}.json",
        **dict.fromkeys(_UNSET),
    }


_UNSET = (
    "address_sid",
    "identity_sid",
    "sms_application_sid",
    "trunk_sid",
    "voice_application_sid",
    "emergency_address_sid",
    "bundle_sid",
)


def application(settings: Settings, sid: str, since: float) -> Json:
    """Show the TwiML application that calls from softphones belong to."""
    return {
        "account_sid": settings.account_sid,
        "api_version": API_VERSION,
        "date_created": rfc2822(since),
        "date_updated": rfc2822(since),
        "friendly_name": "Softphones",
        "message_status_callback": None,
        "sid": sid,
        "sms_fallback_method": "POST",
        "sms_fallback_url": None,
        "sms_method": "POST",
        "sms_status_callback": None,
        "sms_url": None,
        "status_callback": None,
        "status_callback_method": "POST",
        "uri": f"{base(settings)}/Applications/{sid}.json",
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": None,
        "voice_method": "POST",
        "voice_url": settings.voice_client_url,
        "public_application_connect_enabled": False,
    }


def account(settings: Settings, since: float) -> Json:
    uri = base(settings)
    parts = ("calls", "conferences", "messages", "recordings", "incoming_phone_numbers")
    return {
        "auth_token": "hidden",
        "date_created": rfc2822(since),
        "date_updated": rfc2822(since),
        "friendly_name": "Local exchange",
        "owner_account_sid": settings.account_sid,
        "sid": settings.account_sid,
        "status": "active",
        "subresource_uris": {part: f"{uri}/{_camel(part)}.json" for part in parts},
        "type": "Full",
        "uri": f"{uri}.json",
    }
