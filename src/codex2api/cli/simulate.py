"""``codex2api simulate``: run the simulated ChatGPT alone."""

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address to bind.")
@click.option("--port", default=4000, show_default=True, help="Port; 0 takes a free one.")
def command(host: str, port: int) -> None:
    """Run a simulated ChatGPT: sign-in issuer at /, codex backend at /backend-api."""
    import asyncio

    from codex2api.simulator.runner import running_simulator

    async def serve() -> None:
        async with running_simulator(host=host, port=port) as simulator:
            click.echo(f"This is a simulation of ChatGPT. {simulator.url}")
            await asyncio.Event().wait()

    asyncio.run(serve())
