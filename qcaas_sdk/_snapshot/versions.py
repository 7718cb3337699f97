"""Checks the version of a snapshot, and converts older versions to the newest format."""

from collections.abc import Callable

from qcaas_sdk._snapshot.json_fields import Fields, JsonObject, JsonValue
from qcaas_sdk._snapshot.write import OURS, SCHEMA_VERSION, VERSION


def check_schema_version(fields: Fields) -> None:
    """Check the version that the published SDK gives its format, which this package keeps.

    Raises:
        BadSnapshot: It is another one.
    """
    said = fields.text("schema_version")
    if said == SCHEMA_VERSION:
        return
    is_newer = said.isdecimal() and said.lstrip("0") not in {"", SCHEMA_VERSION}
    hint = "a newer version wrote it: upgrade qcaas-sdk to load it" if is_newer else "there is no such version"
    raise fields.wrong("schema_version", f"expected {SCHEMA_VERSION!r}, not {said!r:.60}; {hint}")


def migrated_job(fields: Fields) -> Fields:
    """A job in the newest version.

    Raises:
        BadSnapshot: It is from a newer version than this one.
    """
    return _migrated(fields, (_job_of_the_published_sdk,))


def migrated_composite(fields: Fields) -> Fields:
    """A composite in the newest version; its jobs stay as they are.

    Raises:
        BadSnapshot: It is from a newer version than this one.
    """
    return _migrated(fields, (_composite_of_the_published_sdk,))


def _migrated(fields: Fields, steps: tuple[Callable[[JsonObject], JsonObject], ...]) -> Fields:
    """Apply the steps from the version of the object to the newest; one step a version."""
    version = 0
    if OURS in fields.values:
        ours = fields.object(OURS)
        version = ours.number_or_none("version") or 0
        if version > VERSION:
            raise ours.wrong(
                "version",
                f"{version} is newer than {VERSION}, the newest that this version can read: upgrade qcaas-sdk",
            )
        if version < 1:
            raise ours.wrong("version", f"expected a whole number from 1 to {VERSION}")
    values = fields.values
    for step in steps[version:]:
        values = step(values)
    return Fields(values, fields.file, fields.where)


def _job_of_the_published_sdk(job: JsonObject) -> JsonObject:
    """From 0 to 1.

    There, a job that is reconfigured or cancelled keeps the result or error of an earlier run, which is also in its
    history. Here a job has only the output of its current run. Fields that are optional there are filled in.
    """
    state = job.get("state", "CREATED")
    current: JsonObject = {name: job.get(name) for name in ("result", "error")}
    own = current["result"] if state == "COMPLETED" else current["error"] if state == "FAILED" else None
    history = job.get("history", [] if own is None else [own])
    for name, belongs in (("result", "COMPLETED"), ("error", "FAILED")):
        if state != belongs and isinstance(history, list) and current[name] in history:
            current[name] = None
    return {
        "tag": None,
        "hybrid_marker": None,
        "config_json": None,
        "config_type": None,
        "timings": None,
        "metrics": None,
        "metadata": None,
        "task_id": None,
        "fetch_diagnostics": False,
        **job,
        **current,
        "state": state,
        "history": history,
        OURS: {"version": 1, "in_doubt": False, "cancel_asked": False, "server_status": None, "moves": []},
    }


def _composite_of_the_published_sdk(composite: JsonObject) -> JsonObject:
    """From 0 to 1: there is no composite in a composite there."""
    jobs = composite.get("jobs", [])
    places: list[JsonValue] = list(range(len(jobs))) if isinstance(jobs, list) else []
    return {**composite, "jobs": jobs, OURS: {"version": 1, "shape": places, "moves": []}}
