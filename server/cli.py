"""The command line. Each command is a module of `server.commands`; this page is their list."""

import typer

from server.commands import serve

app = typer.Typer(
    name="hearth",
    help="A real-time conversation server for Communities of Purpose.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=False,
)


@app.callback(invoke_without_command=True)
def begin(context: typer.Context, host: serve.Host = None, port: serve.Port = None) -> None:
    """Serve, unless told to do something else."""
    if context.invoked_subcommand is None:
        serve.serve(host, port)


app.command("serve")(serve.serve)

if __name__ == "__main__":
    app()
