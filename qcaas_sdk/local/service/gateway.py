"""The calls that version 4 of the REST contract, the API gateway, spells differently."""

from starlette.requests import Request
from starlette.responses import Response

from qcaas_sdk.local.service.calls import MAX_RESERVATION, Calls, JsonResponse, status_of
from qcaas_sdk.local.service.qpu import Qpu
from qcaas_sdk.local.service.request_fields import json_object, list_in, text_in, text_or_none_in
from qcaas_sdk.local.service.task_service import RefusedRequest


class GatewayCalls(Calls):
    """The calls of version 4."""

    header = "Authorization"

    def token_of(self, request: Request) -> str | None:
        """The bearer token of a request."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else None

    async def qpus(self, request: Request) -> Response:
        """The list of QPUs."""
        return JsonResponse(
            [
                {
                    "id": qpu.settings.id,
                    "name": qpu.settings.name,
                    "active": qpu.settings.active,
                    "status": status_of(qpu.settings),
                }
                for qpu in self.service.qpus()
            ]
        )

    async def features(self, request: Request) -> Response:
        """What a QPU can do."""
        qpu = self._qpu(request).settings
        return JsonResponse({"qpu_id": qpu.id, "data": self.features_of(qpu)})

    async def qpu_status(self, request: Request) -> Response:
        """The status of a QPU."""
        qpu = self._qpu(request).settings
        return JsonResponse({"qpu_id": qpu.id, "status": status_of(qpu)})

    async def benchmarks(self, request: Request) -> Response:
        """The latest calibration of a QPU."""
        qpu = self._qpu(request).settings
        return JsonResponse({"data": self.calibration_of(qpu, self.service.clock.wall().date())})

    async def benchmarks_search(self, request: Request) -> Response:
        """Not there yet."""
        raise RefusedRequest(501, "benchmarks by date are not implemented")

    async def reserve(self, request: Request) -> Response:
        """Reserve ids."""
        entries = list_in(await json_object(request), "tasks")
        if len(entries) > MAX_RESERVATION:
            raise RefusedRequest(400, f"tasks can have at most {MAX_RESERVATION} entries")
        wanted: dict[tuple[str, str | None], int] = {}
        order: list[tuple[str, str | None]] = []
        for entry in entries:
            if not isinstance(entry, dict):
                raise RefusedRequest(400, "each of the tasks must be an object")
            order.append((text_in(entry, "qpu_id"), text_or_none_in(entry, "tag")))
            wanted[order[-1]] = wanted.get(order[-1], 0) + 1
        reserved = {one: iter(self.service.reserve(one[0], count, one[1])) for one, count in wanted.items()}
        return JsonResponse({"tasks": [next(reserved[one]).id for one in order]})

    def about(self, aspect: str, request: Request) -> dict[str, object] | None:
        """As in version 3, but the metadata in `all_info` are blank: they stand at the top level."""
        said = super().about(aspect, request)
        return said | {"metadata": {}} if said is not None and aspect == "all_info" else said

    def _qpu(self, request: Request) -> Qpu:
        return self.service.qpu(request.path_params["qpu_id"])
