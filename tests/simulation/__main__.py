"""Play the simulation: `make simulate SEEDS=10000`, or one seed step by step: `--seed 4711 --trace`."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence

from tests.simulation import cases, seeds
from tests.simulation.seeds import Ended

_SHOW_AFTER_SECONDS = 2.0
_SHOWN_STEPS = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 where a seed breaks an invariant, or a rare case is too rare."""
    asked = _parser().parse_args(arguments)
    if asked.seed is not None:
        return _one(asked.seed, trace=asked.trace)
    return _many(range(asked.first, asked.first + asked.seeds), asked.processes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description="Bookings and money under crashes, lost answers and repeated messages, in virtual time.",
    )
    parser.add_argument("--seeds", type=_positive, default=2000, help="how many to play (default: 2000)")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="N", help="the first one")
    parser.add_argument("--seed", type=int, metavar="N", help="play this one alone")
    parser.add_argument("--trace", action="store_true", help="with --seed: print every step")
    parser.add_argument(
        "--processes", type=_positive, default=os.cpu_count() or 1, help="default: one a processor"
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _one(seed: int, *, trace: bool) -> int:
    ended = seeds.run(seed)
    if trace:
        print("\n".join(ended.trace))
    print(
        f"seed {seed}: {ended.broken or 'every invariant holds'} ({ended.steps} steps, {ended.fingerprint})"
    )
    return 1 if ended.broken else 0


def _many(asked: range, processes: int) -> int:
    begun = shown = time.monotonic()
    total: Counter[str] = Counter()
    done = steps = 0
    for ended in seeds.run_all(asked, processes):
        if ended.broken:
            print(told(ended), file=sys.stderr)
            return 1
        total += ended.cases
        done, steps = done + 1, steps + ended.steps
        if time.monotonic() - shown > _SHOW_AFTER_SECONDS:
            shown = time.monotonic()
            print(f"\r{done} of {len(asked)} seeds", end="", file=sys.stderr, flush=True)
    taken = time.monotonic() - begun
    print(f"\r{done} seeds, {steps} steps, {taken:.0f} s: {done / taken:.0f} seeds a second")
    for name in cases.RARE:
        print(f"{total[name]:>8} {name}")
    for name, found in cases.missing(total, len(asked)).items():
        print(f"too rare: {name} came about {found} times only", file=sys.stderr)
    return 1 if cases.missing(total, len(asked)) else 0


def told(ended: Ended) -> str:
    """What broke, how it came to that, and how to see it again."""
    steps = "\n".join(ended.trace[-_SHOWN_STEPS:])
    again = f"python -m tests.simulation --seed {ended.seed} --trace"
    return f"\n{steps}\n\nseed {ended.seed}: {ended.broken}\nAgain: {again}"


if __name__ == "__main__":
    sys.exit(main())
