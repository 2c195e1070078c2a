"""Pages of TextSafe: for officers, for staff, for administrators, and for whoever got a text."""

from helpline.textsafe.pages import figures, forces, handing_over, outside, police, requests

blueprints = (
    police.blueprint,
    requests.blueprint,
    handing_over.blueprint,
    figures.blueprint,
    forces.blueprint,
    outside.blueprint,
)
