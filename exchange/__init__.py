"""A telephone exchange of our own that behaves as Twilio does.

It serves the demo, the training line and the tests. It is a separate program, run with
`python -m exchange`: the helpline never imports it, and it never imports the helpline.
They meet only by telephone.
"""
