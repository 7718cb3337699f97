"""What can happen to a file: seeded damage to a snapshot, and what loading it may come to.

`python -m tests.snapshot.damage 100000 [SEED]` tries so many.
"""

import asyncio
import copy
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from qcaas_sdk import BadSnapshot, CompositeJob, Job, JobState, OqcSdk
from qcaas_sdk.job import record_of_job
from tests.snapshot.examples import examples

STRANGE: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 0.5, 10**400, float("nan"), float("inf"), "", "0", "COMPLETED", "CREATED", "RUNNING",
    "\ud800", "9" * 5000, "{}", [], {}, [[]], {"": None}, [None], ["COMPLETED"], {"version": 2},
)  # fmt: skip
PIECES = (b"", b'"', b",", b"}", b"[", b"\x00", b"\xff", b"NaN", b"null", b"1e999", b"[" * 5000, b'{"a":' * 300)


def harm_text(text: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut off, taken out, doubled or put in."""
    if not text:
        return text
    start = rng.randrange(len(text))
    end = min(len(text), start + rng.choice([1, 1, 2, 10, 200]))
    match rng.randrange(5):
        case 0:
            return text[:start] + bytes([text[start] ^ 1 << rng.randrange(8)]) + text[start + 1 :]
        case 1:
            return text[:start]
        case 2:
            return text[:start] + text[end:]
        case 3:
            return text[:end] + text[start:]
        case _:
            return text[:start] + rng.choice(PIECES) + text[start:]


def harm_value(value: Any, rng: random.Random) -> bytes:
    """Fields deleted, retyped, renamed, doubled, swapped."""
    value = copy.deepcopy(value)
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        places = list(_places(value))
        if not places:
            break
        holder, key = rng.choice(places)
        other, other_key = rng.choice(places)
        match rng.randrange(6):
            case 0:
                del holder[key]
            case 1:
                holder[key] = copy.deepcopy(rng.choice(STRANGE))
            case 2:
                there = copy.deepcopy(other[other_key])
                other[other_key] = copy.deepcopy(holder[key])
                holder[key] = there
            case 3 if isinstance(holder, dict):
                holder[rng.choice([str(key) + "_", str(other_key)])] = holder.pop(key)
            case 4 if isinstance(holder[key], list):
                holder[key] = holder[key] * 2 if rng.random() < 0.5 else holder[key][::-1]
            case _:
                holder[key] = copy.deepcopy(other[other_key])
    text = json.dumps(value).encode()
    if rng.random() < 0.1:  # a key that stands twice
        at = rng.choice([place for place in range(len(text)) if text[place : place + 1] == b"{"])
        text = text[: at + 1] + b'"state": "CREATED", "state": "FAILED", ' + text[at + 1 :]
    return text


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


class Damage:
    """Harms snapshots that are whole, loads what is left, and says what came of it."""

    def __init__(self, sdk: OqcSdk, whole: dict[str, Job | CompositeJob], folder: Path) -> None:
        self.sdk = sdk
        self.file = folder / "damaged.json"
        self.texts: dict[str, bytes] = {}
        self.snapshots = {name: job.to_snapshot() for name, job in whole.items()}
        for name, job in whole.items():
            job.save(self.file)
            self.texts[name] = self.file.read_bytes()

    def try_one(self, seed: int) -> str:
        """Harm one snapshot.

        Returns:
            "refused", "unharmed" or "plausible" (nothing in the file tells that it was harmed).

        Raises:
            AssertionError: It came to something that it must not come to.
        """
        rng = random.Random(seed)
        name = rng.choice(sorted(self.texts))
        make = rng.choice([self._text, self._text, self._value, self._without_digest, self._as_published])
        harmed = make(name, rng)
        self.file.write_bytes(harmed)
        try:
            job = self.sdk.load(self.file)
        except BadSnapshot as error:
            assert str(self.file) in str(error), (seed, error)
            return "refused"
        except Exception as error:
            raise AssertionError(f"seed {seed}, {name}: {error!r}") from error
        check_sane(job, seed)
        snapshot = job.to_snapshot()
        assert self.sdk.from_snapshot(snapshot).to_snapshot() == snapshot, seed
        said = json.loads(harmed)
        if said.get("qcaas_sdk", {}).get("digest") is not None:
            assert snapshot == self.snapshots[name], f"seed {seed}, {name}: another job was loaded than was saved"
            return "unharmed"
        parts = (said.get("jobs", []), snapshot["jobs"]) if "jobs" in snapshot else ([said], [snapshot])
        for told, loaded in zip(*parts, strict=True):
            for key in ("program", "qpu_id", "task_id", "tag", "config_json"):
                assert told.get(key) == loaded[key], (seed, name, key)
            assert told.get("state", "CREATED") == loaded["state"], (seed, name)
        return "plausible"

    def _text(self, name: str, rng: random.Random) -> bytes:
        text = self.texts[name]
        for _ in range(rng.choice([1, 1, 1, 2, 20])):
            text = harm_text(text, rng)
        return text

    def _value(self, name: str, rng: random.Random) -> bytes:
        return harm_value(json.loads(self.texts[name]), rng)

    def _without_digest(self, name: str, rng: random.Random) -> bytes:
        return harm_value(self.snapshots[name], rng)

    def _as_published(self, name: str, rng: random.Random) -> bytes:
        plain = copy.deepcopy(self.snapshots[name])
        for part in (plain, *plain.get("jobs", [])):
            del part["qcaas_sdk"]
        return harm_value(plain, rng)


def check_sane(job: Job | CompositeJob, seed: object) -> None:
    """What holds of every job, wherever it comes from."""
    for leaf in job.leaves() if isinstance(job, CompositeJob) else [job]:
        assert (leaf.result is not None) == (leaf.state is JobState.COMPLETED), seed
        assert (leaf.error is not None) == (leaf.state is JobState.FAILED), seed
        output = next(iter(leaf.outputs), None)
        assert output is None or output is leaf.history.last, seed
        assert all(output.job is leaf for output in leaf.history), seed
        if leaf.state in {JobState.SUBMITTED, JobState.RUNNING, JobState.COMPLETED}:
            assert leaf.task_id, seed
        if leaf.state is JobState.CREATED and leaf.task_id is not None:
            assert record_of_job(leaf).run.in_doubt, seed
        assert not leaf.transitions or leaf.transitions[-1].target is leaf.state, seed
        assert leaf.program.strip(), seed
        assert isinstance(record_of_job(leaf).request.config_json, str), seed


async def try_many(seeds: range, told: Callable[[Counter[str]], None] = lambda ends: None) -> Counter[str]:
    """What harming so many snapshots has come to."""
    ends: Counter[str] = Counter()
    async with examples() as (sdk, _, whole):
        with tempfile.TemporaryDirectory() as folder:
            damage = Damage(sdk, whole, Path(folder))
            for seed in seeds:
                ends[damage.try_one(seed)] += 1
                if ends.total() % 10_000 == 0:
                    told(ends)
    return ends


if __name__ == "__main__":
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    seeds = range(first, first + int(sys.argv[1]))
    print(dict(asyncio.run(try_many(seeds, lambda ends: print(dict(ends), flush=True)))))
