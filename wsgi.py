"""Where a WSGI server finds the application."""

import sys

from helpline.app import check_keys, create_app
from helpline.confidentiality.keys import KeyLostError
from helpline.settings import SettingsError

try:
    app = create_app()
    check_keys(app)
except (SettingsError, KeyLostError) as error:
    sys.exit(str(error))
