"""Text messages on their way: the states they pass through, and what goes wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from exchange.callbacks import Webhook
from exchange.calls import API_VERSION, places
from exchange.clock import moment
from exchange.handsets import Handsets
from exchange.identifiers import new_sid
from exchange.office import Office
from exchange.pictures import Pictures
from exchange.records import MessageRecord, OptOutRecord
from exchange.segments import count
from exchange.telephone_numbers import is_british_landline
from exchange.twiml import Document, TwimlError, read

LONGEST = 1600
UNDER_WAY = frozenset({"accepted", "scheduled", "queued", "sending", "sent"})
STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
STOPPED: Final = "You have been unsubscribed. You will get no more messages. Reply START to resume."
STARTED: Final = "You are subscribed again. Reply STOP to unsubscribe."
# Numbers whose texts always end the same way, for demonstrations and tests.
SCENARIOS: dict[str, int] = {
    "+447700900990": 30003,
    "+447700900991": 30004,
    "+447700900992": 30005,
    "+447700900993": 30006,
    "+447700900994": 30007,
    "+447700900995": 30008,
    "+447700900996": 0,
}
_FAILS_AT_ONCE = frozenset({21610, 30001, 30002, 30034})
_REASONS = {
    21610: "Attempt to send to unsubscribed recipient",
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
}


@dataclass(frozen=True, slots=True)
class TextOrder:
    """A message the customer asks us to send; `send_at` is seconds since 1970."""

    to: str
    from_: str
    body: str
    service: str | None = None
    status_url: str = ""
    validity: int = 36000
    send_at: float | None = None


class Texts:
    def __init__(self, office: Office, handsets: Handsets) -> None:
        self._office, self._handsets = office, handsets
        self.pictures = Pictures()

    def resume(self) -> None:
        """Go on with messages that were under way when the exchange stopped."""
        for record in self._office.store.messages.values():
            if record.direction != "inbound" and record.status in UNDER_WAY:
                self._office.spawn(self._carry(record))

    # From the customer to a handset

    def send(self, order: TextOrder) -> MessageRecord:
        """Accept an order; it is carried from now on."""
        first = "queued" if order.service is None else "accepted"
        record = MessageRecord(
            sid=new_sid("SM"),
            direction="outbound-api",
            from_=order.from_,
            to=order.to,
            body=order.body,
            status="scheduled" if order.send_at is not None else first,
            created=self._office.clock.now(),
            segments=count(order.body),
            service=order.service,
            status_url=order.status_url,
            send_at=order.send_at,
            validity=order.validity,
        )
        self._save(record)
        self._office.spawn(self._carry(record))
        return record

    async def _carry(self, record: MessageRecord) -> None:
        clock = self._office.clock
        if record.status == "scheduled" and record.send_at is not None:
            await clock.sleep(record.send_at - clock.now())
            if record.status == "canceled":
                return
            self._step(record, "queued")
        error = self._trouble(record)
        await clock.sleep(0.2)
        if error in _FAILS_AT_ONCE:
            self._step(record, "failed", error)
            return
        self._step(record, "sending")
        await clock.sleep(0.2)
        record.sent = clock.now()
        self._step(record, "sent")
        await clock.sleep(0.6)
        if error:
            self._step(record, "undelivered", error)
        elif error is None:
            self._step(record, "delivered")
        self._notice(record.to)

    def _trouble(self, record: MessageRecord) -> int | None:
        """Give the error this message will meet; 0 means that no receipt ever comes."""
        armed = self._office.faults.for_delivery()
        if armed is not None:
            return armed
        if is_british_landline(record.to):
            return 30006
        handset = self._handsets.of(record.to)
        if handset is not None and not handset.is_reachable():
            return 30003
        return SCENARIOS.get(record.to)

    def _step(self, record: MessageRecord, status: str, error: int | None = None) -> None:
        record.status, record.error = status, error
        self._save(record)
        if not record.status_url:
            return
        params = {
            "MessageSid": record.sid,
            "SmsSid": record.sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": self._office.settings.account_sid,
            "From": record.from_,
            "To": record.to,
            "ApiVersion": API_VERSION,
        }
        if record.service is not None:
            params["MessagingServiceSid"] = record.service
        if error is not None:
            params |= {"ErrorCode": str(error), "ErrorMessage": reason(error) or ""}
        if status in {"delivered", "undelivered"}:
            params["RawDlrDoneDate"] = moment(self._office.clock.now()).strftime("%y%m%d%H%M")
        self._office.callbacks.tell(record.sid, Webhook(record.status_url, params))

    def cancel(self, record: MessageRecord) -> bool:
        """Stop a scheduled message; False when it is too late."""
        if record.status != "scheduled":
            return False
        record.send_at = self._office.clock.now()
        self._step(record, "canceled")
        return True

    def redact(self, record: MessageRecord) -> None:
        """Forget the words on the customer's side; the handset keeps what it received."""
        record.redacted = True
        self._save(record)

    def delete(self, record: MessageRecord) -> None:
        """Forget the message on the customer's side."""
        record.deleted = True
        self._save(record)

    # From a handset to the customer

    def arrive(
        self, sender: str, to: str, body: str, pictures: Sequence[tuple[str, str]] = ()
    ) -> list[MessageRecord]:
        """Take a text from a handset; a very long one arrives as several messages.

        `pictures`: type and base64 of each; they come with the first. Raises NotAPictureError.
        """
        parts = [body[start : start + LONGEST] for start in range(0, len(body), LONGEST)] or [""]
        return [
            self._arrive_one(sender, to, part, () if number else pictures)
            for number, part in enumerate(parts)
        ]

    def _arrive_one(
        self, sender: str, to: str, body: str, pictures: Sequence[tuple[str, str]]
    ) -> MessageRecord:
        now = self._office.clock.now()
        record = MessageRecord(
            sid=new_sid("SM"),
            direction="inbound",
            from_=sender,
            to=to,
            body=body,
            status="received",
            created=now,
            sent=now,
            segments=count(body),
        )
        for kind, encoded in pictures:
            self.pictures.keep(record.sid, kind, encoded)
        self._save(record)
        self._notice(sender)
        if to in self._office.settings.text_numbers:
            self._office.spawn(self._announce(record))
        self._notice(to)
        return record

    async def _announce(self, record: MessageRecord) -> None:
        if self._office.settings.opt_out or record.to == self._office.settings.outreach_number:
            self._mind_keywords(record)
        webhook = Webhook(self._office.settings.sms_url, self._inbound_params(record))
        answer = await self._office.callbacks.fetch(webhook)
        if answer.error is not None:
            self._office.incidents.note("inbound text dropped", f"code {answer.error}")
            return
        if not answer.body.strip():
            return
        try:
            self._reply(record, read(answer.content_type, answer.body, webhook.url))
        except TwimlError as error:
            self._office.incidents.note("text instructions failed", f"code {error.code}")

    def _reply(self, record: MessageRecord, document: Document) -> None:
        for verb in document.verbs:
            if verb.name == "Message" and verb.text:
                self._answer(record, verb.text)

    def _answer(self, record: MessageRecord, body: str) -> None:
        reply = self.send(TextOrder(to=record.from_, from_=record.to, body=body))
        reply.direction = "outbound-reply"
        self._save(reply)

    def _inbound_params(self, record: MessageRecord) -> dict[str, str]:
        fields = {
            "MessageSid": record.sid,
            "SmsSid": record.sid,
            "SmsMessageSid": record.sid,
            "AccountSid": self._office.settings.account_sid,
            "From": record.from_,
            "To": record.to,
            "Body": record.body,
            **self._media_params(record),
            "NumSegments": str(record.segments),
            "SmsStatus": "received",
            "ApiVersion": API_VERSION,
        }
        return fields | places("From", record.from_) | places("To", record.to)

    def _media_params(self, record: MessageRecord) -> dict[str, str]:
        kept = self.pictures.of_text.get(record.sid, {})
        settings = self._office.settings
        base = f"{settings.own_url}/2010-04-01/Accounts/{settings.account_sid}"
        fields = {"NumMedia": str(len(kept))}
        for number, picture in enumerate(kept.values()):
            fields[f"MediaUrl{number}"] = f"{base}/Messages/{record.sid}/Media/{picture.sid}"
            fields[f"MediaContentType{number}"] = picture.kind
        return fields

    def _mind_keywords(self, record: MessageRecord) -> None:
        word = record.body.strip().upper()
        pair = OptOutRecord(f"{record.from_} {record.to}", record.created)
        if word in STOP_WORDS:
            self._answer(record, STOPPED)
            self._office.store.save(pair)
        elif word in START_WORDS and pair.sid in self._office.store.opt_outs:
            self._office.store.forget(pair)
            self._answer(record, STARTED)

    def has_opted_out(self, person: str, number: str) -> bool:
        return f"{person} {number}" in self._office.store.opt_outs

    def _save(self, record: MessageRecord) -> None:
        record.updated = self._office.clock.now()
        self._office.store.save(record)

    def _notice(self, number: str) -> None:
        handset = self._handsets.of(number)
        if handset is not None:
            handset.changed()


def reason(error: int | None) -> str | None:
    return None if error is None else _REASONS.get(error, "Message could not be delivered")
