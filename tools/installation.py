"""An installation's API, as the commands of this folder ask it: the local stack's, or another one's."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3

from local.progress import Trouble
from tools.speaking import telling

TOKEN = "TELECONSULT_TOKEN"
"""The environment variable with an ID token."""

_TIMEOUT = urllib3.Timeout(connect=10, read=40)
_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_WHOM: Mapping[str, str] = {"admin": "администратора", "operator": "оператора"}


@dataclass(frozen=True, slots=True)
class Installation:
    """Who is asked, and in whose name. `token`: an ID token of one of its staff."""

    api_url: str
    token: str

    def call(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        """Status and JSON of the answer, None if it is none; no redirection is followed, which could take the
        token.

        Raises:
            Trouble: no answer.
        """
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        try:
            with urllib3.PoolManager(timeout=_TIMEOUT, retries=False) as pool:
                answer = pool.request(method, self.api_url + path, body=body, headers=sent, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise Trouble(f"Нет связи с {self.api_url} ({type(error).__name__})") from None
        try:
            return answer.status, json.loads(answer.data)
        except ValueError:
            return answer.status, None


def given_token() -> str:
    """The token of the environment; empty: none is given."""
    return os.environ.get(TOKEN, "").strip()


def elsewhere(api_url: str, role: str) -> Installation:
    """The installation at an address, in the name of whoever's token is given. `role`: whose it should be.

    Raises:
        Trouble: that is no address, or one that a token must not go to, or there is no token.
    """
    address = urlsplit(api_url)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise Trouble(f"Это не адрес API: {api_url}. Пример: https://api.example.ru")
    if address.scheme == "http" and address.hostname not in _THIS_MACHINE:
        raise Trouble("Токен не отправляется без шифрования: нужен адрес https://")
    token = given_token()
    if not token:
        raise Trouble(f"Нужен ID-токен {_WHOM[role]} в переменной окружения {TOKEN}")
    if not (token.isascii() and token.isprintable()):
        raise Trouble(f"В переменной окружения {TOKEN} не токен")
    return Installation(api_url.rstrip("/"), token)


def on_this_machine(role: str, token: str = "") -> Installation:
    """The local stack, in the name of the first of its staff with a role, or of whoever's `token` it is.

    Raises:
        Trouble: it does not run, or nobody is let in.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from local import stack as local_stack

    with telling("Вход на стенд"):
        stack = local_stack.attached()
        if stack is None:
            raise Trouble("Стенд не запущен: make run, или укажите другую установку ключом --api")
        try:
            return Installation(stack.api_url, token or stack.staff_token(role))
        except (BotoCoreError, ClientError) as error:
            raise Trouble(f"Стенд не впустил {_WHOM[role]} ({type(error).__name__})") from None
