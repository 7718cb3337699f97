"""The QPUs of the service, and their URLs."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from typing import Any

from qcaas_sdk._http import HttpClient, RetryPolicy
from qcaas_sdk._service.dialect import Dialect
from qcaas_sdk._service.qpu_list import QpuList
from qcaas_sdk._service.v3 import V3
from qcaas_sdk._service.v4 import V4
from qcaas_sdk._service.wire import QpuEntry, read_features
from qcaas_sdk.errors import AuthenticationError, BadAnswer, InactiveQpu, QcaasError, RequestRefused, UnknownQpu

_FEATURES_S = 3.0
"""Features that are asked for with the list only serve the check of programs, so they are not worth a long wait."""
_POLICY_FOR_FEATURES = RetryPolicy(total_s=_FEATURES_S, max_bad_answers=1)


class QpuRegistry:
    """The service's list of QPUs, read when the SDK opens and again for a QPU that is not in it.

    Attributes:
        dialect: The version of the contract that the service speaks.
    """

    def __init__(self, transport: HttpClient, api: str = "v3") -> None:
        """Nothing is read yet.

        Args:
            transport: The HTTP client.
            api: "v3" or "v4"; "auto" finds out in `check_server`.
        """
        self._transport = transport
        self._finds_out = api == "auto"
        self.dialect: Dialect = V4(transport) if api == "v4" else V3(transport)
        self._entries: dict[str, QpuEntry] = {}
        self._addresses: dict[str, str] = {}  # of all QPUs that were ever listed, or that a saved job has
        self._listed = QpuList([], {}, {})
        self._features: dict[str, dict[str, Any]] = {}  # read from the documents when needed, or asked for

    async def check_server(self, policy: Callable[[], RetryPolicy]) -> str:
        """Check that the URL is that of a QCaaS server, and find out its version of the contract if that is open.

        Args:
            policy: The limits of each request.

        Returns:
            The server's own version.

        Raises:
            BadAnswer: There is an answer, but not from a QCaaS server.
            TransportError: There is no usable answer.
        """
        try:
            return await self._version(self.dialect, policy())
        except (BadAnswer, AuthenticationError) as error:
            if not self._finds_out:
                raise
            other: Dialect = V4(self._transport) if self.dialect.name == "v3" else V3(self._transport)
            try:
                version = await self._version(other, policy())
            except QcaasError:
                raise error from None
            self.dialect = other
            return version

    async def _version(self, dialect: Dialect, policy: RetryPolicy) -> str:
        try:
            return await dialect.version(policy)
        except RequestRefused as error:
            other = "leave out `api` and OQC_QCAAS_V4 to find the version"
            hint = "check the URL" if self._finds_out else f"check the URL, or {other}"
            api = "QCaaS server" if self._finds_out else f"QCaaS server of API {dialect.name}"
            raise BadAnswer(
                f"{self._transport.base_url} does not answer like a {api} ({error}); {hint}",
                may_have_arrived=False,
                status=error.status,
                temporary=False,
            ) from error

    async def refresh(self, policy: RetryPolicy | None = None) -> list[dict[str, Any]]:
        """Read the list again, and the features of QPUs that it does not tell.

        Returns:
            The active QPUs as the server describes them.

        Raises:
            BadAnswer: The answer is not such a list.
        """
        listed = await self.dialect.qpus(policy)
        entries = listed.entries
        self._listed = listed
        self._entries = {entry.id: entry for entry in entries}
        self._addresses |= {entry.id: entry.url.rstrip("/") for entry in entries}
        if self.dialect.lists_features:
            self._features = {}
        else:
            await asyncio.gather(*(self._learn(qpu_id) for qpu_id in self.active if qpu_id not in self._features))
        return [listed.documents[entry.id] for entry in entries if entry.active]

    @property
    def active(self) -> list[str]:
        """The ids of the QPUs that can be used, as last read."""
        return [entry.id for entry in self._entries.values() if entry.active]

    def check(self, qpu_id: str) -> QpuEntry:
        """The entry of a usable QPU, as last read.

        Raises:
            UnknownQpu: There is no QPU with that id.
            InactiveQpu: It is not active, or its entry in the list is not valid.
        """
        known = f"active now: {', '.join(self.active) or 'none'}"
        entry = self._entries.get(qpu_id)
        if (problem := self._listed.unusable.get(qpu_id)) and (entry is None or not entry.active):
            raise InactiveQpu(
                f"the QPU {qpu_id!r} cannot be used, because its entry in the service's list is not valid: {problem} "
                f"({known})"
            )
        if entry is None:
            raise UnknownQpu(
                f"this account has no QPU {qpu_id!r} ({known}); `await sdk.list_qpus()` reads the list again"
            )
        if not entry.active:
            raise InactiveQpu(
                f"the QPU {qpu_id!r} is not active ({known}); `await sdk.list_qpus()` reads the list again"
            )
        return entry

    def qpu_of_task(self, default: str | None) -> str:
        """The QPU to ask about a task of which only the id is known; empty if one URL serves all QPUs.

        Raises:
            UnknownQpu: There is no default, and not exactly one QPU.
        """
        if default is not None or self.dialect.address is not None:
            return default or ""
        if len(self._entries) == 1:
            return next(iter(self._entries))
        raise UnknownQpu(
            f"pass qpu_id=…, because this account has several QPUs and the SDK has no default; there are: "
            f"{', '.join(self._entries) or 'none'}"
        )

    async def address(self, qpu_id: str) -> str:
        """The URL of a QPU, without a slash at its end; also of one that is not listed any more but has tasks.

        Where all QPUs have one URL, the id may be empty: that of a task whose QPU is not known.

        Raises:
            UnknownQpu: There is no QPU with that id, even after reading the list again.
        """
        if not qpu_id and self.dialect.address is not None:
            return self.dialect.address
        if qpu_id not in self._addresses:
            await self.refresh()
        if qpu_id not in self._addresses:
            self.check(qpu_id)
        return self.dialect.address or self._addresses[qpu_id]

    async def usable_address(self, qpu_id: str) -> str:
        """As `address`, but only of a QPU that takes new tasks: one that is listed and active.

        Raises:
            UnknownQpu: It is not listed, even after reading the list again; `InactiveQpu` if it is not active.
        """
        entry = self._entries.get(qpu_id)
        if entry is None or not entry.active:
            await self.refresh()
        return self.check(qpu_id).url.rstrip("/")

    def known_address(self, qpu_id: str) -> str | None:
        """As `address`, but without a request; None if it is not known."""
        known = self._addresses.get(qpu_id)
        return known if known is None else self.dialect.address or known

    def remember_address(self, qpu_id: str, url: str) -> None:
        """Keep the URL of a saved job's QPU, in case the list does not contain that QPU any more.

        As for all URLs, the credential is sent there only if the host is trusted.
        """
        self._addresses.setdefault(qpu_id, url.rstrip("/"))

    def recent_errors(self, qpu_id: str, since: float) -> str:
        """The errors of a QPU since a moment, if it has answered with errors only, as part of a sentence."""
        entry = self._entries.get(qpu_id)
        return self._transport.recent_errors(entry.url if entry is not None else self._transport.base_url, since)

    async def _learn(self, qpu_id: str) -> None:
        with suppress(QcaasError, TimeoutError):  # then the service refuses what is over its limits
            async with asyncio.timeout(_FEATURES_S):
                self._features[qpu_id] = await self.dialect.features(qpu_id, _POLICY_FOR_FEATURES)

    def known_features(self, qpu_id: str) -> dict[str, Any]:
        """The features of a QPU as last read, without a request; empty if they are not known."""
        if qpu_id not in self._features:
            if not self.dialect.lists_features:
                return {}
            listed = self._listed.documents.get(qpu_id, {})
            try:
                self._features[qpu_id] = read_features(listed.get("feature_set", {}), qpu_id)
            except BadAnswer:
                self._features[qpu_id] = {}
        return self._features[qpu_id]

    async def features(self, qpu_id: str) -> dict[str, Any]:
        """The features of a QPU, as the server describes them.

        Raises:
            UnknownQpu: There is no QPU with that id, even after reading the list again.
            BadAnswer: The answer has no features.
        """
        await self.address(qpu_id)
        found = await self.dialect.features(qpu_id)
        self._features[qpu_id] = deepcopy(found)  # the caller can change what it gets
        return found
