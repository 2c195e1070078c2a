"""The release check: words are searched for what would disclose, before they leave."""

from helpline.confidentiality.release_check.checking import check
from helpline.confidentiality.release_check.flags import Flag, Kind, Known
from helpline.confidentiality.release_check.replies import screen_reply

__all__ = ["Flag", "Kind", "Known", "check", "screen_reply"]
