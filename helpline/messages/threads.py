"""A person's relay: begun in a contact, opened again by reference and word, locked when guessed."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from helpline import audit, encryption, live
from helpline.contacts import callers
from helpline.contacts.models import Contact
from helpline.database import one_at_a_time
from helpline.messages import secret_words
from helpline.messages.happenings import Alert, AlertKind, Proof, WrongTry
from helpline.messages.models import Age, Level, ReturnPath, Thread, YesNo
from helpline.phone_numbers import PhoneNumber

MOST_WRONG_TRIES = 3
MOST_LETTERS = 200
NOTHING_OPENS = (
    "That doesn't open anything. Check the reference and the word with them once more. "
    "After three wrong tries a supervisor has to help."
)
"""The same whatever is true: no such reference, a wrong word, a locked thread."""


class ThreadRefusedError(ValueError):
    """The thread can't be begun as given; the words say what to do."""


@dataclass(frozen=True)
class Begun:
    """What the author told us of themselves, and how they will hear what comes back."""

    name: str = field(repr=False)
    born: str = field(repr=False)
    age: Age
    is_detained: YesNo
    is_at_risk: YesNo
    rights_explained: bool
    can_be_confirmed: bool
    """They gave a fact that the recipient can confirm."""
    word: str = field(repr=False)
    duress_word: str = field(repr=False)
    safe_number: PhoneNumber | None = field(repr=False)
    form_key: uuid.UUID


def begin(
    session: Session, contact: Contact, begun: Begun, *, by: uuid.UUID, at: datetime
) -> Thread:
    """Begin a thread for whoever a contact is with. The same form again changes nothing.

    Raises:
        ThreadRefusedError: rights were not explained, something was not asked, or a word is
            missing.

    """
    one_at_a_time(session, begun.form_key)
    known = session.scalar(sa.select(Thread).where(Thread.form_key == begun.form_key))
    if known is not None:
        return known
    _check(begun)
    safe = callers.recognise(session, begun.safe_number, at=at) if begun.safe_number else None
    thread = Thread(
        id=uuid.uuid4(),
        reference=callers.new_reference(),
        caller_id=contact.caller_id,
        contact_id=contact.id,
        began_at=at,
        staff_id=by,
        rights_explained_at=at,
        name=begun.name.strip(),
        born=begun.born.strip() or None,
        name_mark=name_mark(begun.name),
        age=begun.age,
        is_detained=begun.is_detained,
        is_at_risk=begun.is_at_risk,
        level=Level.L1 if begun.born.strip() and begun.can_be_confirmed else Level.L0,
        word_hash=_kept(begun.word),
        duress_hash=_kept(begun.duress_word) if begun.duress_word else secret_words.keep_nothing(),
        return_path=ReturnPath.safe_number if safe else ReturnPath.collect_only,
        safe_caller_id=safe.id if safe else None,
        form_key=begun.form_key,
    )
    session.add(thread)
    session.flush()
    # Whoever begins it is its author: nothing has to be proved in this contact.
    session.add(
        Proof(thread_id=thread.id, contact_id=contact.id, at=at, staff_id=by, is_duress=False)
    )
    audit.note(session, audit.Act.thread_begun, at=at, who=by, about=thread.id)
    session.flush()
    return thread


def name_mark(name: str) -> bytes:
    """Return the keyed fingerprint of a name, however it is written."""
    words = sorted(filter(None, (secret_words.plain(each) for each in name.split())))
    return encryption.blind_index("name:" + " ".join(words), encryption.index_key())


def locked(session: Session, thread_id: uuid.UUID) -> Thread | None:
    """Read a thread afresh and hold its row until the transaction ends."""
    return session.scalars(
        sa.select(Thread)
        .where(Thread.id == thread_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def prove(  # noqa: PLR0913 - each is a fact of the try
    session: Session,
    contact: Contact,
    reference: str,
    word: str,
    *,
    by: uuid.UUID,
    at: datetime,
) -> Proof | None:
    """Open a thread for whoever is in a contact, by reference and word; None says nothing of why.

    Three wrong tries lock the thread, and three in one contact end trying there: a supervisor
    helps. The duress word opens it just the same, and those who guard hear of it.

    Raises:
        TooManyTriesError: too many words are being compared at this moment.

    """
    one_at_a_time(session, f"message-proof:{contact.id}")
    may_try = wrong_tries(session, contact) < MOST_WRONG_TRIES
    thread = session.scalars(
        sa.select(Thread)
        .where(Thread.reference == plain_reference(reference))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    is_right = secret_words.is_word(thread.word_hash if thread else None, word)
    is_duress = secret_words.is_word(thread.duress_hash if thread else None, word)
    if thread is None or not (is_right or is_duress) or thread.locked_at or not may_try:
        _count_wrong_try(session, contact, thread, is_guess=not (is_right or is_duress), at=at)
        if thread is not None and is_duress:
            alert(session, thread, AlertKind.duress, contact, at=at)
        audit.note(session, audit.Act.thread_not_opened, at=at, who=by, about=contact.id)
        return None
    return _proved(session, contact, thread, is_duress=is_duress and not is_right, by=by, at=at)


def _proved(  # noqa: PLR0913 - each is a fact of the proof
    session: Session,
    contact: Contact,
    thread: Thread,
    *,
    is_duress: bool,
    by: uuid.UUID,
    at: datetime,
) -> Proof:
    thread.wrong_tries = 0
    proof = Proof(
        id=uuid.uuid4(),
        thread_id=thread.id,
        contact_id=contact.id,
        at=at,
        staff_id=by,
        is_duress=is_duress,
    )
    session.add(proof)
    session.flush()
    if is_duress:
        alert(session, thread, AlertKind.duress, contact, at=at)
    audit.note(session, audit.Act.thread_opened, at=at, who=by, about=thread.id)
    return proof


def unlock(session: Session, thread: Thread, *, by: uuid.UUID, at: datetime) -> None:
    """Let a thread be opened again, after a supervisor made sure whose it is."""
    thread.locked_at, thread.wrong_tries = None, 0
    audit.note(session, audit.Act.thread_unlocked, at=at, who=by, about=thread.id)


def stop(session: Session, thread: Thread, why: str, *, by: uuid.UUID, at: datetime) -> None:
    """Stop everything in a thread, both ways, until a supervisor plans what comes next."""
    thread.stopped_at, thread.why_stopped = at, why.strip()
    audit.note(session, audit.Act.thread_stopped, at=at, who=by, about=thread.id)


def go_on(session: Session, thread: Thread, *, by: uuid.UUID, at: datetime) -> None:
    """Let word go again in a thread that was stopped."""
    thread.stopped_at = thread.why_stopped = None
    audit.note(session, audit.Act.thread_goes_on, at=at, who=by, about=thread.id)


def wrong_tries(session: Session, contact: Contact) -> int:
    """Count the tries in one contact that opened nothing."""
    counted = sa.select(sa.func.count()).where(WrongTry.contact_id == contact.id)
    return int(session.scalar(counted) or 0)


def plain_reference(said: str) -> str:
    """Bring a reference into the form in which it is kept: `k7f 2qm` is `K7F-2QM`."""
    signs = "".join(each for each in said.upper() if each.isalnum())[:12]
    return f"{signs[:3]}-{signs[3:]}"


def alert(
    session: Session,
    thread: Thread,
    kind: AlertKind,
    contact: Contact | None = None,
    *,
    at: datetime,
) -> None:
    """Tell supervisors and safeguarding leads, and nobody else, that they must look."""
    contact_id = contact.id if contact is not None else None
    session.add(Alert(thread_id=thread.id, contact_id=contact_id, kind=kind, at=at))
    live.tell(session, "safeguarding")


def _count_wrong_try(
    session: Session, contact: Contact, thread: Thread | None, *, is_guess: bool, at: datetime
) -> None:
    session.add(WrongTry(contact_id=contact.id, at=at))
    session.flush()
    if thread is None or not is_guess or thread.locked_at is not None:
        return
    thread.wrong_tries += 1
    if thread.wrong_tries >= MOST_WRONG_TRIES:
        thread.locked_at = at
        alert(session, thread, AlertKind.locked, contact, at=at)


def _check(begun: Begun) -> None:
    if not begun.rights_explained:
        raise ThreadRefusedError("Explain their rights and our confidentiality first")
    if not begun.name.strip():
        raise ThreadRefusedError("Write the name that the recipient knows them by")
    if max(len(begun.name), len(begun.born)) > MOST_LETTERS:
        raise ThreadRefusedError("Shorten the name to 200 characters or fewer")
    if YesNo.not_asked in {begun.is_detained, begun.is_at_risk}:
        raise ThreadRefusedError("Ask every question first; “not sure” is an answer")
    if begun.duress_word and secret_words.plain(begun.duress_word) == secret_words.plain(
        begun.word
    ):
        raise ThreadRefusedError("The word for danger must be another one")


def _kept(word: str) -> str:
    try:
        return secret_words.keep(word)
    except secret_words.WordRefusedError as error:
        raise ThreadRefusedError(str(error)) from None
