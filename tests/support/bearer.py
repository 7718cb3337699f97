"""Bearer tokens of a simulated cloud, renewed when the cloud refuses one."""

from collections.abc import Mapping

from attrs import define, field

from qcaas_sdk.testing import SimulatedCloud


@define
class RenewedToken:
    """A credential with a new token after each refusal.

    Attributes:
        cloud: What gives the tokens.
        given: How many it has given.
    """

    cloud: SimulatedCloud
    given: int = 0
    _token: str | None = field(default=None, repr=False)

    async def headers(self, post: object) -> Mapping[str, str]:
        if self._token is None:
            self._token = self.cloud.issue_token()
            self.given += 1
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self, refused: Mapping[str, str]) -> bool:
        if refused["Authorization"] == f"Bearer {self._token}":
            self._token = None
        return True
