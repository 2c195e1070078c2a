"""The line on a driven clock: people who ring, call-takers, the real rules, the real database.

No carrier and no web: what the carrier would tell is told to the rules directly, and the outbox is
carried out as the worker does it. So an hour of a line takes a second or two, and every figure
comes from the code that runs at night.
"""
