"""Who really hears whom: notes hummed into a conference, and looked for at every ear."""

import asyncio

from tests.exchange.audio.conftest import Floor

LUKE, PRIYA, ANA, SUSAN = 700.0, 1100.0, 1900.0, 3100.0
ALL = {LUKE, PRIYA, ANA, SUSAN}


def test_three_people_hear_the_two_others_and_not_themselves(floor: Floor):
    luke = floor.bring_in("luke", LUKE)
    priya = floor.bring_in("priya", PRIYA)
    ana = floor.bring_in("ana", ANA)
    floor.run(luke.sound.hears({PRIYA, ANA}, ALL))
    floor.run(priya.sound.hears({LUKE, ANA}, ALL))
    floor.run(ana.sound.hears({LUKE, PRIYA}, ALL))


def test_somebody_muted_is_heard_by_nobody_and_hears_everybody(floor: Floor):
    luke, priya = floor.bring_in("luke", LUKE), floor.bring_in("priya", PRIYA)
    floor.run(luke.sound.hears({PRIYA}, ALL))
    floor.room().participants(priya.sid).update(muted=True)
    floor.run(luke.sound.hears(set(), ALL))
    floor.run(priya.sound.hears({LUKE}, ALL))


def test_somebody_on_hold_hears_the_hold_document_alone_and_is_heard_by_nobody(floor: Floor):
    floor.customer.replies["/hold"] = '<Response><Play digits="1111111111"/><Redirect/></Response>'
    luke, priya = floor.bring_in("luke", LUKE), floor.bring_in("priya", PRIYA)
    ana = floor.bring_in("ana", ANA)
    held = floor.room().participants(luke.sid)
    held.update(hold=True, hold_url=floor.customer.base + "/hold")
    floor.run(priya.sound.hears({ANA}, ALL))
    floor.run(luke.sound.hears({697.0, 1209.0}, {PRIYA, ANA, 697.0, 1209.0}))
    held.update(hold=False)
    floor.run(luke.sound.hears({PRIYA, ANA}, ALL | {1209.0}))
    floor.run(ana.sound.hears({LUKE, PRIYA}, ALL))


def test_a_whisper_reaches_the_coached_only_and_barging_in_reaches_all(floor: Floor):
    luke, priya = floor.bring_in("luke", LUKE), floor.bring_in("priya", PRIYA)
    susan = floor.bring_in("susan", SUSAN, more=f'coach="{priya.sid}"')
    floor.run(priya.sound.hears({LUKE, SUSAN}, ALL))
    floor.run(luke.sound.hears({PRIYA}, ALL))
    floor.run(susan.sound.hears({LUKE, PRIYA}, ALL))
    floor.room().participants(susan.sid).update(coaching=False)
    floor.run(luke.sound.hears({PRIYA, SUSAN}, ALL))


def test_when_one_leaves_the_others_talk_on(floor: Floor):
    luke, priya = floor.bring_in("luke", LUKE), floor.bring_in("priya", PRIYA)
    ana = floor.bring_in("ana", ANA)
    floor.run(luke.sound.hears({PRIYA, ANA}, ALL))
    floor.run(priya.send("hangup", callsid=priya.sid))
    floor.run(luke.sound.hears({ANA}, ALL))
    floor.run(ana.sound.hears({LUKE}, ALL))


def test_six_people_hear_each_other(floor: Floor):
    notes = [500.0 + 200.0 * n for n in range(6)]
    people = [floor.bring_in(f"person{n}", note) for n, note in enumerate(notes)]

    async def everybody_hears() -> None:
        await asyncio.gather(
            *(one.sound.hears(set(notes) - {one.hertz}, set(notes)) for one in people)
        )

    floor.run(everybody_hears())


def test_two_people_dialled_together_hear_each_other(floor: Floor):
    floor.customer.replies["/leg"] = "<Response><Dial><Client>ana</Client></Dial></Response>"
    luke, ana = floor.registered("luke", LUKE), floor.registered("ana", ANA)
    floor.ring("luke")
    floor.run(luke.accept())
    floor.run(ana.accept())
    floor.run(luke.sound.hears({ANA}, ALL))
    floor.run(ana.sound.hears({LUKE}, ALL))
