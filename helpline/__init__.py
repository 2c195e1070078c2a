"""A helpline for missing people and their families.

One package per subject. Channels (`voice`, `sms`) are how people reach us; purposes (Message Home,
TextSafe, signposting) are what we do for them and never know a channel. Rules are plain functions
that take a session first and can be imported without Flask; only the edges (`pages`, `webhooks`,
`forms`) know the web.
"""

import gc

# Of what is loaded nothing goes away again: to look for garbage after every seven hundred new
# objects takes a tenth of the time in which a program starts.
gc.set_threshold(20_000, 20, 20)
