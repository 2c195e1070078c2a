"""Pages of Message Home, one file for each thing that people do."""

from helpline.messages.pages import approving, collecting, delivering, taking, watching

blueprints = (
    taking.blueprint,
    collecting.blueprint,
    approving.blueprint,
    delivering.blueprint,
    watching.blueprint,
)
