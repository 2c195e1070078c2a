"""A helpline for missing people and their families.

One package per subject. Channels (`voice`, `sms`) are how people reach us; purposes (Message Home,
TextSafe, signposting) are what we do for them and never know a channel. Rules are plain functions
that take a session first and can be imported without Flask; only the edges (`pages`, `webhooks`,
`forms`) know the web.
"""
