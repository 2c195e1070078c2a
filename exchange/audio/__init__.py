"""True audio: what people on a call say and hear, mixed and carried to their browsers.

It needs aiortc, PyAV, numpy and espeakng-loader. Without them, or for a person whose telephone
has no sound, calls go on with captions as before.
"""
