"""The console's pages, in one blueprint: the lists, one contact, calls, texts, the shift."""

import helpline.console.pages.bars
import helpline.console.pages.board
import helpline.console.pages.diverts
import helpline.console.pages.hours
import helpline.console.pages.line
import helpline.console.pages.opened
import helpline.console.pages.pauses
import helpline.console.pages.shift
import helpline.console.pages.supervising
import helpline.console.pages.texts
import helpline.console.pages.together
import helpline.console.pages.voicemails  # noqa: F401 - each brings its routes
from helpline.console.pages.edge import blueprint

__all__ = ["blueprint"]
