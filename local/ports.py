"""The ports of the local stack, all on 127.0.0.1."""

import os
import socket
from dataclasses import dataclass, fields

from local.progress import Trouble

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    engine: int = 4566
    api: int = 8080
    sandbox: int = 8081
    inbox: int = 8082
    sms: int = 8083
    web: int = 8084

    @classmethod
    def chosen(cls) -> "Ports":
        """The defaults, or what `TELECONSULT_PORT_ENGINE` and its like say."""
        given = {field.name: os.environ.get(_variable(field.name)) for field in fields(cls)}
        ports = cls(**{name: _number(name, port) for name, port in given.items() if port})
        chosen = [getattr(ports, field.name) for field in fields(cls)]
        twice = next((port for port in chosen if chosen.count(port) > 1), None)
        if twice:
            raise Trouble(
                f"Порт {twice} выбран дважды: движку, API, песочнице, входящим, СМС и страницам нужны разные"
            )
        return ports

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody uses at the moment: for a stack of one's own beside another."""
        sockets = [socket.create_server((HOST, 0)) for _ in fields(cls)]
        try:
            return cls(*(each.getsockname()[1] for each in sockets))
        finally:
            for each in sockets:
                each.close()

    def check(self) -> None:
        """Raises Trouble: a port is taken."""
        for field in fields(self):
            port = getattr(self, field.name)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except OSError:
                    raise Trouble(
                        f"Порт {port} занят. Освободите его или выберите другой: "
                        f"{_variable(field.name)}=… make run"
                    ) from None


def _number(name: str, port: str) -> int:
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise Trouble(f"{_variable(name)}: нужен порт от 1 до 65535, а не «{port}»")
    return int(port)


def _variable(name: str) -> str:
    return f"TELECONSULT_PORT_{name.upper()}"
