"""How properties are tried: by what holds, never by how fast this machine is at the moment."""

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
