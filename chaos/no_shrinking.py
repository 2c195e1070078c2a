"""A plugin of pytest: a planted fault is noticed, and need not be told in its shortest form."""

from hypothesis import Phase, settings

settings.register_profile("planted", phases=(Phase.generate,))
settings.load_profile("planted")
