"""What true audio costs the exchange: `python -m bench.exchange_audio`, from the top folder.

Two figures, each of the exchange's own process: the share of one core that a conference of four
takes, and the memory with 50 softphones registered and idle. The softphones run in this process.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from tests.exchange.audio.softphone import Softphone
from tests.exchange.customer import Customer

ACCOUNT, KEY = "AC" + "0a" * 16, "SK" + "0b" * 16
TOKEN, SECRET = "a-token-for-benches", "a-secret-for-benches-of-thirty-two"
NUMBER, PORT = "+441632960116", 8399
SECONDS, PEOPLE, IDLE = 20.0, 4, 50
ROOM = "<Response><Dial><Conference waitUrl='' beep='false'>c-bench</Conference></Dial></Response>"
MOST_CORE, MOST_MEGABYTES = 0.33, 150


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def token(identity: str) -> str:
    made = AccessToken(ACCOUNT, KEY, SECRET, identity=identity, ttl=3600)
    made.add_grant(VoiceGrant(incoming_allow=True))
    return made.to_jwt()


async def start(base: str) -> asyncio.subprocess.Process:
    settings = {
        "EXCHANGE_PORT": str(PORT),
        "CARRIER_ACCOUNT_SID": ACCOUNT,
        "CARRIER_AUTH_TOKEN": TOKEN,
        "CARRIER_API_KEY_SID": KEY,
        "CARRIER_API_KEY_SECRET": SECRET,
        "HELPLINE_NUMBER": NUMBER,
        "HELPLINE_WEBHOOK_BASE": base,
        "EXCHANGE_DATA_DIR": tempfile.mkdtemp(),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "exchange", env=os.environ | settings, stderr=asyncio.subprocess.PIPE
    )
    while b"ready" not in await process.stderr.readline():
        assert process.returncode is None, "the exchange did not start"
    return process


async def registered(name: str) -> Softphone:
    phone = Softphone(f"http://127.0.0.1:{PORT}", token(name), 500.0 + 10 * hash(name) % 1000)
    await phone.register()
    return phone


async def join(http: aiohttp.ClientSession, customer: Customer, name: str) -> Softphone:
    phone = await registered(name)
    order = {"To": f"client:{name}", "From": NUMBER, "Url": f"{customer.base}/leg"}
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    async with http.post(f"http://127.0.0.1:{PORT}{path}", data=order) as answer:
        answer.raise_for_status()
    await phone.accept()
    return phone


async def measure() -> tuple[float, float, float]:
    """Give memory at rest and with the idle softphones, and the share of a core when four talk."""
    customer = Customer(TOKEN)
    customer.replies["/leg"] = ROOM
    await customer.start()
    process = await start(customer.base)
    empty = megabytes(process.pid)
    idle = [await registered(f"idle{n}") for n in range(IDLE)]
    resting = megabytes(process.pid)
    for phone in idle:
        await phone.close()
    credentials = aiohttp.encode_basic_auth(ACCOUNT, TOKEN)
    async with aiohttp.ClientSession(headers={"Authorization": credentials}) as http:
        people = [await join(http, customer, f"person{n}") for n in range(PEOPLE)]
        for phone in people:
            await phone.sound.next_seconds(1)
        before, began = cpu_seconds(process.pid), time.monotonic()
        await asyncio.sleep(SECONDS)
        share = (cpu_seconds(process.pid) - before) / (time.monotonic() - began)
        for phone in people:
            await phone.close()
    process.terminate()
    await process.wait()
    await customer.stop()
    return empty, resting, share


def figures() -> dict[str, float]:
    """Measure, for `make bench`."""
    _, resting, share = asyncio.run(measure())
    return {"exchange_four_party_core_share": share, "exchange_50_idle_phones_mb": resting}


def main() -> int:
    empty, resting, share = asyncio.run(measure())
    print(f"memory with nobody there:        {empty:6.0f} MB")
    print(f"memory with {IDLE} idle softphones:  {resting:6.0f} MB (at most {MOST_MEGABYTES})")
    print(f"a conference of {PEOPLE}, one core:    {share:6.1%} (at most {MOST_CORE:.0%})")
    return 0 if share < MOST_CORE and resting < MOST_MEGABYTES else 1


if __name__ == "__main__":
    sys.exit(main())
