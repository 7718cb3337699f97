"""`qcaas serve`: the embedded QPU as an HTTP server."""

from typing import Annotated

import click

from qcaas_sdk import QcaasError, local
from qcaas_sdk.cli.command_parameters import Option
from qcaas_sdk.cli.connection import noise_named
from qcaas_sdk.cli.ending import give_up
from qcaas_sdk.cli.options import Dask, Noise
from qcaas_sdk.cli.streams import OutputLost, give_up_stdout


def serve(
    host: Annotated[
        str, Option(help="Address to listen on. Any address but loopback lets other machines connect.")
    ] = "127.0.0.1",
    port: Annotated[int, Option(min=0, max=65535, help="Port to listen on; 0 picks a free port.")] = 8000,
    queue_delay: Annotated[float, Option(min=0, help="Minimum queue time of each task, in seconds.")] = 0.0,
    seconds_per_shot: Annotated[float, Option(min=0, help="Minimum time per shot, in seconds.")] = 0.0,
    seed: Annotated[int | None, Option(help="Seed of the simulator, for repeatable results.")] = None,
    engine: Annotated[
        local.EngineName,
        Option(help="Simulator: aer is Qiskit Aer; qat is QAT, OQC's own compiler (extra qat)."),
    ] = local.EngineName.AER,
    time_limit: Annotated[float, Option(min=0.001, help="Maximum run time of a program, in seconds.")] = 60.0,
    workers: Annotated[
        int | None, Option(min=1, help="Number of simulator processes; with --dask, of batches under way.")
    ] = None,
    dask: Dask = None,
    noise: Noise = None,
    api: Annotated[
        local.ApiVersion,
        Option(help="Version of OQC's REST API: v4 is the API gateway, with sign-in at /realms/any."),
    ] = local.ApiVersion.V3,
    allow_host: Annotated[
        list[str] | None,
        Option(
            help="Another host name that clients may use for this machine, besides the loopback names. "
            "You can repeat this option."
        ),
    ] = None,
) -> None:
    """Serve the embedded QPU over HTTP with OQC's REST API, until Ctrl-C."""

    def ready(url: str) -> None:
        try:
            say_how_to_connect(url)
        except OutputLost:  # the reader of stdout closed it; the server still runs
            give_up_stdout()

    def say_how_to_connect(url: str) -> None:
        click.echo(f"the embedded QPU {qpu.id} is served at {url}")
        click.echo(f"  OQC_URL={url} OQC_AUTHENTICATION_TOKEN=any qcaas run FILE.qasm")
        click.echo(f'  OqcSdk(url="{url}", authentication_token="any", default_qpu_id="{qpu.id}")')
        if api is local.ApiVersion.V4:
            click.echo(f"  OQC_KEYCLOAK_SERVER_URL={url} OQC_KEYCLOAK_REALM=any OQC_KEYCLOAK_CLIENT_ID=any")
        if not local.is_loopback(host):
            click.echo(f"warning: {host} is not a loopback address: other machines can use this server", err=True)
        click.echo("press Ctrl-C to stop")

    try:
        qpu = local.LocalQpu(
            noise=None if noise is None else noise_named(noise),
            queue_delay_s=queue_delay,
            seconds_per_shot=seconds_per_shot,
        )
        settings = local.LocalSettings(
            qpus=(qpu,),
            seed=seed,
            engine=engine,
            api=api,
            time_limit_s=time_limit,
            workers=workers,
            executor=None if dask is None else local.dask_executor(dask),
        )
        local.serve(settings, host=host, port=port, allow_hosts=allow_host or (), on_ready=ready)
    except QcaasError as error:
        give_up(error)
