"""`python -m local.demo` (`make demo`): the stories, told to the running stack or to one of its own."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from local import stack as local_stack
from local.demo import report
from local.demo.patience import Patience
from local.demo.story import Ending, Story, load, tell
from local.demo.tales import Tales
from local.demo.world import meet
from local.progress import Trouble, paint
from local.stack import Stack


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument("--state-dir", type=Path, default=local_stack.STATE_DIR)
    wanted = parser.parse_args(arguments)
    try:
        with ExitStack() as opened:
            stack = local_stack.attached(wanted.state_dir)
            if stack is None:
                print("Стенд не запущен: демонстрация запускает свой и остановит его.")
                stack = opened.enter_context(local_stack.temporary())
            return run(stack)
    except Trouble as trouble:
        print(paint(str(trouble), 31), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nДемонстрация остановлена.", file=sys.stderr)
        return 130


def run(stack: Stack) -> int:
    """Tell all stories; 0 if every one ended as it should."""
    patience = Patience()
    began = time.monotonic()
    try:
        endings = _tell_all(Tales(meet(stack, patience)), load(), patience)
    except KeyboardInterrupt:
        patience.stop()
        raise
    print(report.table(endings))
    print(f"\nВсего {time.monotonic() - began:.0f} с")
    print(report.verdict(endings), flush=True)
    return 0 if all(ending.as_expected for ending in endings) else 1


def _tell_all(tales: Tales, stories: Sequence[Story], patience: Patience) -> list[Ending]:
    """Side by side what stands alone; in turn what begins where another ended."""
    adult, child, balance, unpaid, late, twenty, webhook, refund, books = stories
    side_by_side: list[list[tuple[Story, Callable[[Story], str]]]] = [
        [(child, tales.child_patient_absent), (balance, tales.child_paid_from_balance)],
        [(adult, tales.adult_held)],
        [(refund, tales.refund_to_card)],
        [(unpaid, tales.operator_never_paid)],
        [(late, tales.operator_paid_late)],
        [(twenty, tales.twenty_for_one_slot)],
    ]
    endings: list[Ending] = []
    with ThreadPoolExecutor(len(side_by_side)) as pool:
        try:
            told: list[Future[list[Ending]]] = [pool.submit(_in_turn, tales, each) for each in side_by_side]
            for each in told:
                endings += each.result()
        except BaseException:
            patience.stop()
            raise
    endings += _in_turn(tales, [(webhook, tales.webhook_five_times), (books, tales.trial_balance)])
    return sorted(endings, key=lambda ending: ending.story.number)


def _in_turn(tales: Tales, stories: Sequence[tuple[Story, Callable[[Story], str]]]) -> list[Ending]:
    endings = []
    for story, tale in stories:
        endings.append(tell(story, tale))
        tales.told(endings[-1])
    return endings


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main())
