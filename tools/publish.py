"""Puts the pages of `web/` where people meet them: `python -m tools.publish`, to the stack's bucket and edge.

Without `--stack` it is the local stack's, whose own edge reads the folder itself. Exits 0: published; 1:
refused and nothing changed; 2: not done, or not to its end: run again, it does the same once more.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from local import pages
from local.progress import Progress, Trouble, paint
from tools.speaking import FAILED, Parser, printable, tell

PUBLISHED, REFUSED = 0, 1

_RED, _GREEN = 31, 32
_NEEDED = ("index.html", pages.NOT_FOUND)
_OUTPUTS = ("WebBucketName", "WebDistributionId", "SiteUrl")
_MOST_AT_ONCE = 1000  # keys that S3 deletes in one request


class Refused(Trouble):
    """The folder is not what should replace the pages."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where pages are put: boto3 clients of S3 and CloudFront, the bucket, the distribution, its address."""

    s3: Any
    cloudfront: Any
    bucket: str
    distribution: str
    url: str

    def put(self, folder: Path, path: str) -> None:
        """One file, with the headers that it is to be served with."""
        status = pages.status(path)
        self.s3.put_object(
            Bucket=self.bucket,
            Key=path,
            Body=(folder / path).read_bytes(),
            ContentType=pages.content_type(path),
            CacheControl=pages.cache_control(path),
            Metadata={} if status == 200 else {"status": str(status)},  # the template's WebResponse reads it
        )

    def keys(self) -> set[str]:
        """All that is there."""
        listed = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return {each["Key"] for page in listed for each in page.get("Contents", [])}

    def delete(self, keys: Iterable[str]) -> None:
        """Raises `Trouble`: S3 kept some."""
        gone = [{"Key": key} for key in sorted(keys)]
        for first in range(0, len(gone), _MOST_AT_ONCE):
            batch = {"Objects": gone[first : first + _MOST_AT_ONCE], "Quiet": True}
            kept = self.s3.delete_objects(Bucket=self.bucket, Delete=batch).get("Errors", [])
            if kept:
                raise Trouble(f"Не удалены: {', '.join(printable(each['Key']) for each in kept)}")

    def forget(self) -> None:
        """Have the edge ask anew for everything, and wait until it does everywhere."""
        batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": str(uuid4())}
        begun = self.cloudfront.create_invalidation(DistributionId=self.distribution, InvalidationBatch=batch)
        done = self.cloudfront.get_waiter("invalidation_completed")
        done.wait(DistributionId=self.distribution, Id=begun["Invalidation"]["Id"])


def publish(site: Site, folder: Path, quiet: bool = False) -> tuple[int, int]:
    """How many files were put, and how many that are no longer in the folder were removed.

    What a page loads comes before the pages, and what is gone leaves once no edge has the pages of before:
    whoever comes meanwhile finds all that the page they got asks for.

    Raises:
        Refused: the folder lacks the first page or that of unknown addresses.
        Trouble: something was not done.
    """
    paths = sorted(pages.files(folder), key=lambda path: (path.endswith(".html"), path))
    missing = [path for path in _NEEDED if path not in paths]
    if missing:
        raise Refused(f"В папке {folder} нет {', '.join(missing)}: это не страницы сайта. Ничего не изменено")
    progress = Progress(3, quiet)
    with progress.step("Загрузка файлов") as remarks:
        for path in paths:
            site.put(folder, path)
        remarks.append(str(len(paths)))
    with progress.step("Сброс кэша CloudFront, до нескольких минут"):
        site.forget()
    with progress.step("Удаление лишнего") as remarks:
        gone = site.keys() - set(paths)
        site.delete(gone)
        remarks.append(str(len(gone)) if gone else "нечего")
    return len(paths), len(gone)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        return _run(asked)
    except Refused as trouble:
        tell(paint(str(trouble), _RED, sys.stderr))
        return REFUSED
    except Trouble as trouble:
        tell(paint(str(trouble), _RED, sys.stderr))
    except KeyboardInterrupt:
        tell("\nПрервано: часть файлов могла замениться, запустите ещё раз.")
    return FAILED


def _run(asked: argparse.Namespace) -> int:
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        site = _site(asked.stack)
        publish(site, asked.folder)
    except (Boto3Error, BotoCoreError, ClientError, OSError) as error:
        raise Trouble(
            f"Опубликовано не всё, запустите ещё раз ({type(error).__name__}): {printable(str(error))}"
        ) from None
    print(f"{paint('Опубликовано', _GREEN)}: {site.url}")
    return PUBLISHED


def _site(stack_name: str | None) -> Site:
    """Raises `Trouble` where there is none to publish to."""
    import boto3

    if stack_name is None:
        from local import stack as local_stack

        stack = local_stack.attached()
        if stack is None:
            raise Trouble("Стенд не запущен: make run, или укажите другую установку ключом --stack")
        client: Any = stack.client
        outputs = stack.outputs
    else:
        client = boto3.client
        (described,) = boto3.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
    if not outputs.keys() >= set(_OUTPUTS):
        raise Trouble(
            f"У стека {stack_name} нет выходов {', '.join(_OUTPUTS)}: другой стек или старая версия"
        )
    return Site(client("s3"), client("cloudfront"), *(outputs[name] for name in _OUTPUTS))


def _parser() -> Parser:
    parser = Parser(
        prog="python -m tools.publish",
        description="Опубликовать страницы из web/: загрузить в корзину установки, сбросить кэш CloudFront, "
        "убрать из корзины то, чего больше нет.",
        epilog="Код выхода: 0 — опубликовано, 1 — отказано и ничего не изменено, "
        "2 — не удалось или не до конца.",
    )
    parser.add_argument(
        "--stack",
        metavar="ИМЯ",
        help="стек CloudFormation установки; доступ к AWS, как у boto3. Без ключа: стенд на этой машине",
    )
    parser.add_argument("--folder", metavar="ПАПКА", type=Path, default=pages.WEB, help="откуда, вместо web/")
    return parser


if __name__ == "__main__":
    sys.exit(main())
