"""The pages of the directory: partners for calls, and services to point people to."""

from helpline.directory.pages import partners, services

blueprints = (partners.blueprint, services.blueprint)
