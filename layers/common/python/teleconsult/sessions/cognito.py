"""The port of the user pools: Cognito keeps accounts and makes tokens. None of its words reaches a log."""

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from teleconsult.platform import aws
from teleconsult.platform.errors import Forbidden, TooMany, Unauthenticated, Unavailable

_LIMITED = frozenset({"TooManyRequestsException", "LimitExceededException", "TooManyFailedAttemptsException"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a session is made of. `id_token` lives as long as `access_token`: `expires_in` seconds.
    `refresh_token`: where the session is new."""

    id_token: str
    access_token: str
    expires_in: int
    refresh_token: str | None

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the ID token says. It comes from Cognito itself, so its signature is not looked at again."""
        payload = self.id_token.split(".")[1]
        claims: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return claims


@dataclass(frozen=True, slots=True)
class Challenge:
    """What Cognito wants to know besides, by its name; `session` goes with the answer."""

    name: str
    session: str


class Refused(Exception):
    """Cognito said no; `code`: its error's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def holders_account(pool_id: str, phone: str) -> str:
    """The username of a phone's account (E.164), which is made if there is none.

    It has a password that nobody knows: an account without one would be unconfirmed for ever.
    """
    account = _find(pool_id, phone) or _make(pool_id, phone)
    username = str(account["Username"])
    if account["UserStatus"] != "CONFIRMED":
        password = f"aA1!{secrets.token_urlsafe(32)}"
        with _errors():
            aws.client("cognito-idp").admin_set_user_password(
                UserPoolId=pool_id, Username=username, Password=password, Permanent=True
            )
    return username


def let_in(pool: tuple[str, str], username: str, ticket: str) -> Tokens:
    """The tokens of an account of the patients' pool, whose triggers know a good ticket.

    Raises:
        Forbidden: the account is disabled.
        Unavailable: Cognito did not take the answer; it refuses what it has taken once, too.
    """
    pool_id, client_id = pool
    try:
        with _errors():
            asked = aws.client("cognito-idp").admin_initiate_auth(
                UserPoolId=pool_id,
                ClientId=client_id,
                AuthFlow="CUSTOM_AUTH",
                AuthParameters={"USERNAME": username},
            )
    except Refused as refused:
        if refused.code == "NotAuthorizedException":
            raise Forbidden("Вход для этого номера закрыт. Позвоните нам") from None
        raise
    try:
        with _errors():
            answer = aws.client("cognito-idp").admin_respond_to_auth_challenge(
                UserPoolId=pool_id,
                ClientId=client_id,
                ChallengeName=asked["ChallengeName"],
                Session=asked["Session"],
                ChallengeResponses={"USERNAME": username, "ANSWER": ticket},
            )
    except Refused:
        raise Unavailable("not_let_in", "Войти не удалось. Повторите ещё раз") from None
    return _tokens(answer["AuthenticationResult"])


def by_password(pool: tuple[str, str], login: str, password: str) -> Tokens | Challenge:
    """The tokens of one of the staff, or what else has to be known.

    Raises:
        Refused: wrong password, no such account, or a disabled one.
    """
    pool_id, client_id = pool
    with _errors():
        answer = aws.client("cognito-idp").admin_initiate_auth(
            UserPoolId=pool_id,
            ClientId=client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": login, "PASSWORD": password},
        )
    return _tokens_or_challenge(answer)


def by_answer(
    pool: tuple[str, str], login: str, challenge: Challenge, field: str, given: str
) -> Tokens | Challenge:
    """The same for the answer to a challenge, in Cognito's `field`.

    Raises:
        Refused: a wrong answer, another's session, or one that is over.
    """
    pool_id, client_id = pool
    with _errors():
        # An answer names the account by its username: no alias will do.
        username = aws.client("cognito-idp").admin_get_user(UserPoolId=pool_id, Username=login)["Username"]
        answer = aws.client("cognito-idp").admin_respond_to_auth_challenge(
            UserPoolId=pool_id,
            ClientId=client_id,
            ChallengeName=challenge.name,
            Session=challenge.session,
            ChallengeResponses={"USERNAME": username, field: given},
        )
    return _tokens_or_challenge(answer)


def refreshed(pool: tuple[str, str], refresh_token: str) -> Tokens:
    """New tokens for a session.

    Raises:
        Unauthenticated: the session is over, was revoked, or never was.
    """
    try:
        with _errors():
            answer = aws.client("cognito-idp").initiate_auth(
                ClientId=pool[1],
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": refresh_token},
            )
    except Refused:
        raise Unauthenticated from None
    return _tokens(answer["AuthenticationResult"])


def end(pool: tuple[str, str], refresh_token: str) -> None:
    """End one session; one that was none is none afterwards."""
    try:
        with _errors():
            aws.client("cognito-idp").revoke_token(ClientId=pool[1], Token=refresh_token)
    except Refused:
        return


def end_all(access_token: str) -> None:
    """End all sessions of whoever an access token is of.

    Raises:
        Unauthenticated: they are over meanwhile.
    """
    try:
        with _errors():
            aws.client("cognito-idp").global_sign_out(AccessToken=access_token)
    except Refused:
        raise Unauthenticated from None


def begin_totp(access_token: str) -> str:
    """A new secret for one-time codes, in base32; it counts once it is confirmed.

    Raises:
        Unauthenticated: the session is over meanwhile.
    """
    try:
        with _errors():
            answer = aws.client("cognito-idp").associate_software_token(AccessToken=access_token)
    except Refused:
        raise Unauthenticated from None
    return str(answer["SecretCode"])


def confirm_totp(access_token: str, code: str) -> None:
    """From now on the one-time codes of the new secret are asked for at every sign-in.

    Raises:
        Refused: it is not the secret's code.
    """
    with _errors():
        aws.client("cognito-idp").verify_software_token(AccessToken=access_token, UserCode=code)
        aws.client("cognito-idp").set_user_mfa_preference(
            AccessToken=access_token, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
        )


def _find(pool_id: str, phone: str) -> Mapping[str, Any] | None:
    try:
        with _errors():
            found: Mapping[str, Any] = aws.client("cognito-idp").admin_get_user(
                UserPoolId=pool_id, Username=phone
            )
    except Refused as refused:
        if refused.code == "UserNotFoundException":
            return None
        raise
    return found


def _make(pool_id: str, phone: str) -> Mapping[str, Any]:
    attributes = {"phone_number": phone, "phone_number_verified": "true"}
    try:
        with _errors():
            made: Mapping[str, Any] = aws.client("cognito-idp").admin_create_user(
                UserPoolId=pool_id,
                Username=phone,
                MessageAction="SUPPRESS",
                UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            )["User"]
    except Refused as refused:  # somebody else has made it at the same moment
        if refused.code == "UsernameExistsException" and (found := _find(pool_id, phone)):
            return found
        raise
    return made


def _tokens_or_challenge(answer: Mapping[str, Any]) -> Tokens | Challenge:
    if result := answer.get("AuthenticationResult"):
        return _tokens(result)
    return Challenge(answer["ChallengeName"], answer["Session"])


def _tokens(result: Mapping[str, Any]) -> Tokens:
    return Tokens(
        id_token=result["IdToken"],
        access_token=result["AccessToken"],
        expires_in=result["ExpiresIn"],
        refresh_token=result.get("RefreshToken"),
    )


@contextmanager
def _errors() -> Iterator[None]:
    """Cognito's refusals without their words, which may repeat what somebody typed."""
    try:
        yield
    except ParamValidationError:  # too short a code, an empty address: nothing that it would take
        raise Refused("InvalidParameterException") from None
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        if code in _LIMITED:
            raise TooMany("too_many_sign_ins", "Слишком много попыток входа. Повторите позже") from None
        if status >= 500 or code in ("AccessDeniedException", "ResourceNotFoundException"):
            raise  # it is not of whoever signs in
        raise Refused(code) from None
