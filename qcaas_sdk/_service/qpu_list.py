"""The service's list of QPUs, read so that one invalid entry does not hide the others."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from qcaas_sdk._service.lenient import cleaned_object, is_id, warn_of
from qcaas_sdk._service.wire import QpuEntry, bad_answer, read, read_key


@frozen(eq=False, repr=False)
class QpuList:
    """The usable part of the service's list of QPUs.

    Attributes:
        entries: Each QPU once.
        documents: The service's description of each, by id.
        unusable: Why other listed QPUs cannot be used, by id.
    """

    entries: Sequence[QpuEntry]
    documents: Mapping[str, dict[str, Any]]
    unusable: Mapping[str, str]


def read_qpus(value: object, address: str | None = None) -> QpuList:
    """The list of QPUs. An invalid entry is left out with a warning.

    Args:
        value: The answer.
        address: The URL of all QPUs, if they have one: then the answer is the list itself, and an entry without
            `active` is active. None if each entry has its own.

    Raises:
        BadAnswer: The answer is not such a list, or no active QPU is left because entries are invalid.
    """
    what = "the list of QPUs"
    entries: dict[str, QpuEntry] = {}
    documents: dict[str, dict[str, Any]] = {}
    unusable: dict[str, str] = {}
    odd: list[str] = []
    lost = False  # whether an entry was left out whose QPU may be active
    items = read_key(value, "items", list[Any], what) if address is None else read(value, list[Any], what)
    for place, listed in enumerate(items):
        document = cleaned_object({} if listed is None else listed, f"entry {place}", odd)
        if document is None:
            lost = True
            continue
        id_, url, active, name = (document.get(key) for key in ("id", "url", "active", "name"))
        if address is not None:
            url, active = address, document.get("active", True)
        if not is_id(id_):
            odd.append(f"entry {place} (it has no id)")
            lost |= active is not False
            continue
        problem = "its url is not text" if not isinstance(url, str) else "its active is not true or false"
        if not isinstance(url, str) or not isinstance(active, bool):
            unusable[id_] = problem
            odd.append(f"{id_} ({problem})")
            lost |= active is not False
        if not isinstance(url, str):
            continue
        entry = QpuEntry(id_, url, active is True, name if isinstance(name, str) else None)
        known = entries.get(id_)
        if known is not None and known.url != url:
            odd.append(f"{id_} (it is listed twice, with two addresses)")
        if known is None or (entry.active and not known.active):
            entries[id_], documents[id_] = entry, document
    if lost and not any(entry.active for entry in entries.values()):
        raise bad_answer(what, "; ".join(odd))
    warn_of(odd, what)
    return QpuList(list(entries.values()), documents, unusable)
