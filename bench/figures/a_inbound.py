"""What arrives: CPU of an incoming text and an incoming call, and their tail at 100 a second.

A text is measured as part of a conversation of four: the first opens it and leaves a promise to
answer, three go on. How the first and the others stand alone is given beside it.
"""

from collections.abc import Sequence
from statistics import median

from bench import carrier_news, cpu, load, servers
from bench.load import Answers, Request
from bench.registry import Figure, from_pairs
from bench.workplace import Workplace

TITLE = "incoming texts and calls against the floor"
PAIRS, PEOPLE, TEXTS, CALLS = 7, 60, 4, 200
A_SECOND, SECONDS = 100, 10


def measure(place: Workplace) -> Sequence[Figure]:
    """Give the figures of what arrives."""
    with servers.ours(place) as ours:
        with servers.floor(place, "inbound_text") as floor:
            texts = [
                *_texts(place, ours, floor),
                *_by_the_clock(place),
            ]
        with servers.floor(place, "inbound_call") as floor:
            calls = _calls(place, ours, floor)
    return [*texts, *calls]


def _texts(place: Workplace, ours: int, floor: int) -> list[Figure]:
    mine, bare, first, later, answers = [], [], [], [], []
    for port in (servers.OURS, servers.FLOOR):
        load.closed(port, list(carrier_news.conversations(place, 40, TEXTS)))
    for _ in range(PAIRS):
        bare.append(_each(place, floor, servers.FLOOR, _some(place, PEOPLE, TEXTS))[0])
        cost, found = _each(place, ours, servers.OURS, _some(place, PEOPLE, TEXTS))
        mine.append(cost)
        answers.append(found)
        alone = _some(place, PEOPLE * TEXTS, 1)
        first.append(_each(place, ours, servers.OURS, alone)[0])
        later.append((cost * TEXTS - first[-1]) / (TEXTS - 1))
    unit = "ms CPU"
    return [
        from_pairs("inbound_text_vs_floor", mine, bare, unit=unit, goal="<= 2.0"),
        from_pairs("inbound_text_first_vs_floor", first, bare, unit=unit),
        from_pairs("inbound_text_next_vs_floor", later, bare, unit=unit),
        Figure("inbound_text_a_second", median(each.a_second for each in answers)),
        Figure("inbound_text_p99_ms", median(each.at_most(0.99) for each in answers)),
    ]


def _calls(place: Workplace, ours: int, floor: int) -> list[Figure]:
    mine, bare = [], []
    for port in (servers.OURS, servers.FLOOR):
        load.closed(port, _rings(place))
    for _ in range(PAIRS):
        bare.append(_each(place, floor, servers.FLOOR, _rings(place))[0])
        mine.append(_each(place, ours, servers.OURS, _rings(place))[0])
    return [from_pairs("inbound_call_vs_floor", mine, bare, unit="ms CPU", goal="<= 2.0")]


def _by_the_clock(place: Workplace) -> list[Figure]:
    tails, bare, longest = [], [], 0.0
    for _ in range(3):
        people = A_SECOND * SECONDS // TEXTS
        floor = load.open_loop(servers.FLOOR, _some(place, people, TEXTS), A_SECOND)
        ours = load.open_loop(servers.OURS, _some(place, people, TEXTS), A_SECOND)
        bare.append(floor.at_most(0.99))
        tails.append(ours.at_most(0.99))
        longest = max(longest, ours.longest)
    return [
        from_pairs("inbound_p99_open_loop_vs_floor", tails, bare, unit="ms", goal="<= 2.5"),
        Figure("inbound_open_loop_longest_ms", longest, goal="<= 1000"),
    ]


def _each(place: Workplace, pid: int, port: int, sent: list[Request]) -> tuple[float, Answers]:
    """Send it all; gives the CPU milliseconds of each, of server and database."""
    before = cpu.of_programs([pid]) + cpu.of_database(place.data_dir)
    answers = load.closed(port, sent)
    after = cpu.of_programs([pid]) + cpu.of_database(place.data_dir)
    return 1000 * (after - before) / len(sent), answers


def _some(place: Workplace, people: int, texts: int) -> list[Request]:
    return list(carrier_news.conversations(place, people, texts))


def _rings(place: Workplace) -> list[Request]:
    """Let half of the calls come from people who rang before."""
    callers = [carrier_news.number() for _ in range(CALLS // 2)]
    return [carrier_news.call(place, caller) for caller in callers * 2]
