"""The floor of sending: a loop over the official client, with as many threads as the worker."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from helpline.carrier import TextToSend
from helpline.carrier.twilio_carrier import TwilioCarrier
from helpline.phone_numbers import PhoneNumber
from helpline.settings import read_settings

carrier = TwilioCarrier(read_settings())
text = TextToSend(PhoneNumber("+447700900123"), "we have your message", "http://127.0.0.1/status")


def send(_: int) -> None:
    carrier.send_text(text)


with ThreadPoolExecutor(int(os.environ["WORKER_THREADS"])) as pool:
    list(pool.map(send, range(8)))
    began, spent = time.perf_counter(), time.process_time()
    list(pool.map(send, range(int(sys.argv[1]))))
print(time.perf_counter() - began, time.process_time() - spent)
