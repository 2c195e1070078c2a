"""Pages of this room, one file for each matter."""

from helpline.safeguarding.pages import consents, disclosures, plans

blueprints = (consents.blueprint, plans.blueprint, disclosures.blueprint)
