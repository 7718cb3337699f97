"""Coverage-guided fuzzing of what reads files: snapshots, and the entries of journals. Needs atheris (`make fuzz`).

python -m tests.soak.fuzz [SECONDS]     60 if left out

Whatever the bytes, there is a named error, or something that can be written and read again without a change.
"""

import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["qcaas_sdk"]):
    from qcaas_sdk._journal.file import Entry
    from qcaas_sdk._journal.replay import replay
    from qcaas_sdk._record import JobRecord
    from qcaas_sdk._snapshot import (
        IN_MEMORY,
        composite_to_dict,
        job_to_dict,
        parsed,
        plain,
        read_snapshot,
    )
    from qcaas_sdk.errors import BadSnapshot

from qcaas_sdk.testing import run_virtual
from tests.soak.samples import journal_entries, snapshots


def one(data: bytes) -> None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    try:
        value = parsed(text, IN_MEMORY)
    except BadSnapshot:
        return
    if isinstance(value, list):
        play(value)
    else:
        load(value)


def load(value: object) -> None:
    try:
        saved = read_snapshot(plain(value, IN_MEMORY), IN_MEMORY)
    except BadSnapshot:
        return
    written = job_to_dict(saved) if isinstance(saved, JobRecord) else composite_to_dict(saved)
    again = read_snapshot(plain(written, IN_MEMORY), IN_MEMORY)
    rewritten = job_to_dict(again) if isinstance(again, JobRecord) else composite_to_dict(again)
    assert rewritten == written, "reading what was written changes it"


def play(value: list[object]) -> None:
    entries = []
    for item in value:
        match item:
            case [int() as subject, str() as kind, dict() as body] if not isinstance(subject, bool):
                entries.append(Entry(subject, kind, body))
    kept = replay(entries, IN_MEMORY)
    for number in kept.top_level:
        kept.ended(number)
    for job in kept.jobs.values():
        read_snapshot(plain(job_to_dict(job), IN_MEMORY), IN_MEMORY)


def main() -> None:
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    with tempfile.TemporaryDirectory() as corpus:
        samples = [*run_virtual(snapshots()), *run_virtual(journal_entries())]
        for number, sample in enumerate(samples):
            (Path(corpus) / str(number)).write_text(json.dumps(sample))
        atheris.Setup([sys.argv[0], corpus, f"-max_total_time={seconds}", "-max_len=20000", "-timeout=20"], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
