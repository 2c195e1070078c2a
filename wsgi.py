"""Where a WSGI server finds the application."""

from helpline.app import create_app

app = create_app()
