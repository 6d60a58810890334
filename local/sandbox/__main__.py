"""`python -m local.sandbox`: the payment sandbox until Ctrl-C. What it offers: `local/sandbox/README.md`."""

import argparse
import os
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.sandbox.application import Application
from local.sandbox.notifier import Notifier, sender
from local.sandbox.server import Server
from local.sandbox.shop import Shop


def main() -> int:
    wanted = _arguments()
    wanted.state_dir.mkdir(parents=True, exist_ok=True)
    shop = Shop(
        wanted.state_dir / "payments.sqlite3",
        shop_id=wanted.shop_id,
        url=f"http://127.0.0.1:{wanted.port}",
        now=lambda: datetime.now(UTC),
        pending=timedelta(seconds=wanted.pending_seconds),
    )
    try:
        server = Server(Application(shop, wanted.secret_key), wanted.port)
    except OSError as error:
        print(f"Порт {wanted.port} занять не удалось: {error.strerror}", file=sys.stderr)
        return 1
    notifier = Notifier(shop, sender(wanted.notify_url))
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: threading.Thread(target=server.shutdown).start())
    sending = threading.Thread(target=notifier.run)
    sending.start()
    print(f"Тестовая касса: http://127.0.0.1:{wanted.port}/v3", flush=True)
    server.serve_forever(poll_interval=0.1)
    notifier.stop()
    sending.join()
    server.server_close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local.sandbox", description="Тестовая касса: ЮKassa API v3"
    )
    parser.add_argument("--port", type=int, default=4580, help="порт на 127.0.0.1")
    parser.add_argument("--shop-id", required=True, help="идентификатор магазина")
    parser.add_argument(
        "--secret-key",
        default=os.environ.get("SANDBOX_SECRET_KEY"),
        help="секретный ключ (или переменная SANDBOX_SECRET_KEY)",
    )
    parser.add_argument("--notify-url", required=True, help="куда слать уведомления")
    parser.add_argument("--state-dir", type=Path, required=True, help="где хранить платежи")
    parser.add_argument(
        "--pending-seconds", type=int, default=3600, help="сколько секунд живёт неоплаченный платёж"
    )
    wanted = parser.parse_args()
    if not wanted.secret_key:
        parser.error("нужен --secret-key или переменная SANDBOX_SECRET_KEY")
    return wanted


if __name__ == "__main__":
    sys.exit(main())
