"""Pages of Message Home, one file for each thing that people do."""

from helpline.messages.pages import approving, collecting, delivering, reading, taking, watching

blueprints = (
    taking.blueprint,
    collecting.blueprint,
    approving.blueprint,
    delivering.blueprint,
    watching.blueprint,
)
for_outsiders = reading.blueprint
"""The recipient's page: no cookie, so no token against forgery; the link itself is the secret."""
