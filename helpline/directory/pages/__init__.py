"""The pages of the directory: partners for calls, and services to point people to."""

from helpline.directory.pages import partners, public, services

blueprints = (partners.blueprint, services.blueprint)
for_everybody = public.blueprint
"""Asks for no token: it changes nothing, and a token would be a cookie."""
