"""The command line. Each command is a module of `server.commands`; this page is their list."""

import typer

from server.commands import audit, backup, demo, doctor, migrate, people, replay, restore, serve, worker
from server.commands.common import PROGRAM

app = typer.Typer(
    name=PROGRAM,
    help="A real-time conversation server for Communities of Purpose.",
    add_completion=False,
    pretty_exceptions_enable=False,
    # Plain help: the rich one costs each start a fifth of a second.
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def begin(context: typer.Context, host: serve.Host = None, port: serve.Port = None) -> None:
    """Serve, unless told to do something else."""
    if context.invoked_subcommand is None:
        serve.serve(host, port)


app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("migrate")(migrate.migrate)
app.command("backup")(backup.backup)
app.command("restore")(restore.restore)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)
app.command("replay")(replay.replay)
app.add_typer(people.people)
app.add_typer(audit.audit)

if __name__ == "__main__":
    app(prog_name=PROGRAM)
