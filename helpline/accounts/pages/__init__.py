"""The pages of accounts, in one blueprint: signing in, one's own account, staff, partners."""

import helpline.accounts.pages.enrolling
import helpline.accounts.pages.joining
import helpline.accounts.pages.mine
import helpline.accounts.pages.partners
import helpline.accounts.pages.proving
import helpline.accounts.pages.second_step
import helpline.accounts.pages.signing_in
import helpline.accounts.pages.staff  # noqa: F401 - each brings its routes
from helpline.accounts.pages.edge import Person, blueprint, load_person

__all__ = ["Person", "blueprint", "load_person"]
