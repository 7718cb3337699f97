"""`qcaas serve`: the embedded QPU as a server."""

from collections.abc import Sequence

import typer

from qcaas_sdk import local
from qcaas_sdk.cli.streams import OutputLost, give_up_stdout


def serve(
    host: str,
    port: int,
    *,
    queue_delay_s: float,
    seconds_per_shot: float,
    seed: int | None,
    engine: local.EngineName,
    time_limit_s: float,
    allow_hosts: Sequence[str],
) -> None:
    """Serve until interrupted, and say how to connect.

    Raises:
        QcaasError: The port cannot be had, or the extra of the engine is missing.
    """
    qpu = local.LocalQpu(queue_delay_s=queue_delay_s, seconds_per_shot=seconds_per_shot)

    def ready(url: str) -> None:
        try:
            told(url)
        except OutputLost:  # whoever wanted to know where may have read enough
            give_up_stdout()

    def told(url: str) -> None:
        typer.echo(f"the embedded QPU {qpu.id} is served at {url}")
        typer.echo(f"  OQC_URL={url} OQC_AUTHENTICATION_TOKEN=any qcaas run FILE.qasm")
        typer.echo(f'  OqcSdk(url="{url}", authentication_token="any", default_qpu_id="{qpu.id}")')
        if not local.is_loopback(host):
            typer.echo(f"warning: {host} is not loopback: whoever reaches this port can use it", err=True)
        typer.echo("Ctrl-C ends it")

    settings = local.LocalSettings(qpus=(qpu,), seed=seed, engine=engine, time_limit_s=time_limit_s)
    local.serve(settings, host=host, port=port, allow_hosts=allow_hosts, on_ready=ready)
