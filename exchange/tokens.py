"""Access tokens of softphones: who somebody is, and what they may do."""

import time
from dataclasses import dataclass

import jwt

from exchange.settings import Settings

CONTENT_TYPE = "twilio-fpa;v=1"
LONGEST_LIFE = 86400
INVALID, EXPIRED, TOO_LONG = 31204, 31205, 31207


class TokenRefusedError(Exception):
    """The token can't be used; `code` is Twilio's for the signalling (31204, 31205, 31207)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says. `application` is empty when it allows no outgoing calls."""

    identity: str
    expires: float
    may_receive: bool
    application: str

    @property
    def seconds_left(self) -> int:
        return max(0, int(self.expires - time.time()))


def read(token: object, settings: Settings) -> Token:
    """Check a token: our account, our API key, a voice grant, not over. Raises TokenRefusedError.

    The times in it are real ones, whatever the exchange's own clock says.
    """
    try:
        header = jwt.get_unverified_header(str(token))
        claims = jwt.decode(
            str(token),
            settings.api_key_secret,
            algorithms=["HS256"],
            issuer=settings.api_key_sid,
            options={"require": ["exp", "iss", "sub"], "verify_aud": False, "verify_sub": False},
        )
    except jwt.ExpiredSignatureError as error:
        raise TokenRefusedError(EXPIRED, "AccessTokenExpired") from error
    except jwt.PyJWTError as error:
        raise TokenRefusedError(INVALID, "AccessTokenInvalid") from error
    if header.get("cty") != CONTENT_TYPE or claims["sub"] != settings.account_sid:
        raise TokenRefusedError(INVALID, "AccessTokenInvalid")
    if claims["exp"] - time.time() > LONGEST_LIFE + 60:
        raise TokenRefusedError(TOO_LONG, "AccessTokenExpirationTooLong")
    return _granted(claims)


def _granted(claims: dict[str, object]) -> Token:
    grants = claims.get("grants")
    voice = grants.get("voice") if isinstance(grants, dict) else None
    identity = grants.get("identity") if isinstance(grants, dict) else None
    if not isinstance(voice, dict) or not isinstance(identity, str) or not identity:
        raise TokenRefusedError(INVALID, "AccessTokenInvalid")
    incoming, outgoing = voice.get("incoming"), voice.get("outgoing")
    application = outgoing.get("application_sid") if isinstance(outgoing, dict) else ""
    return Token(
        identity=identity,
        expires=float(str(claims["exp"])),
        may_receive=isinstance(incoming, dict) and incoming.get("allow") is True,
        application=str(application or ""),
    )
