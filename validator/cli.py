"""The command line: arguments in, exit code out. stdout carries the report, stderr everything said on the way."""

from __future__ import annotations

import contextlib
import io
import math
import os
import shutil
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import click

from validator import FORMATS, __version__

_Decorator = Callable[[Any], Any]

_EXIT_CODES = """\b
Exit codes:
  0  every rule passed (waived ones are counted aloud)
  1  at least one failure at or above --fail-on
  2  usage, ruleset, waiver or input file is wrong; nothing was judged
  3  nothing failed, but something could not be decided
  130  interrupted"""


def _a_number(_ctx: click.Context, _parameter: click.Parameter, value: float) -> float:
    """Refuse NaN, which every comparison lets through."""
    if math.isnan(value):
        raise click.BadParameter("expected seconds")
    return value


_checks_option = click.option(
    "--checks-dir",
    "checks_dirs",
    type=click.Path(path_type=Path),
    metavar="DIR",
    multiple=True,
    help="A folder of checks of your own: DIR/family/name.py; repeatable.",
)


_SELECTION = (
    click.option(
        "--check", "select", metavar="NAME", multiple=True, help="Family, check or rule id, glob; repeatable."
    ),
    click.option("--check-all", is_flag=True, help="Probes too: real connections to Redis, SQL, DNS, TLS."),
    click.option(
        "--vantage",
        type=click.Choice(["vpc", "outside"]),
        envvar="VALIDATE_INFRA_VANTAGE",
        show_envvar=True,
        help="Whether this machine is inside the VPC. Default: outside; there private addresses are not probed.",
    ),
)


def _environment_options(*chosen: _Decorator) -> _Decorator:
    """The options that say which environment is read, and how; `chosen` ones stand among them."""
    options = [
        click.option("--env", metavar="NAME", help="Environment of the ruleset; `demo` needs no project at all."),
        click.option(
            "--project", metavar="ID", help="A project that needs no environment: rules without names judge it."
        ),
        click.option("--region", "regions", metavar="REGION", multiple=True, help="Narrow to regions; repeatable."),
        click.option(
            "--rules",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Default: $VALIDATE_INFRA_RULES, else ./rules.yaml, else the bundled rules; `bundled` names those.",
        ),
        *chosen,
        _checks_option,
        click.option(
            "--api-endpoint",
            metavar="URL",
            envvar="VALIDATE_INFRA_API_ENDPOINT",
            show_envvar=True,
            help="Send requests to URL/<host>/<path>; a loopback URL needs no credentials.",
        ),
        click.option(
            "--impersonate-service-account", "impersonate", metavar="EMAIL", help="Read as this service account."
        ),
        click.option("--quota-project", metavar="ID", help="Project that API quota is charged to."),
        click.option(
            "--timeout",
            "timeout_s",
            type=click.FloatRange(min=0, min_open=True, max=86_400),
            callback=_a_number,
            default=120.0,
            show_default=True,
            metavar="SECONDS",
            help="Time for all reads together.",
        ),
    ]

    def add(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return add


class _Group(click.Group):
    """A group whose own options work without a subcommand."""

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(f"\n{_EXIT_CODES.removeprefix(chr(8)).strip()}\n")


@click.group(cls=_Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="validate-infra")
@_environment_options(*_SELECTION)
@click.option("--snapshot", metavar="FILE", help="Judge a recorded environment offline.")
@click.option(
    "--report",
    "reports",
    metavar="FORMAT[=FILE]",
    multiple=True,
    help=f"{' or '.join(FORMATS)}; repeatable; without FILE to stdout. Default: text.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info"]),
    default="error",
    show_default=True,
    help="The lightest severity whose failure fails the run.",
)
@click.option("--dry-run", is_flag=True, help="Print the calls and permissions without making any call.")
@click.option("-q", "--quiet", is_flag=True, help="Only what is not as it should be.")
@click.option("-v", "--verbose", is_flag=True, help="Evidence of passes too.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR is honoured too.")
@click.pass_context
def main(ctx: click.Context, /, **given: Any) -> None:
    """Prove, before a deploy, that a Google Cloud environment is as its rules say; or show what is not."""
    if ctx.invoked_subcommand is not None:
        _refuse_group_options(ctx, given)
        return
    if not any(given[name] for name in ("env", "project", "snapshot")):
        click.echo(ctx.get_help())
        click.echo("\nTry it without any project: validate-infra --env demo", err=True)
        ctx.exit(2)
    _exit(_gate, given)


def _refuse_group_options(ctx: click.Context, given: dict[str, Any]) -> None:
    """`validate-infra --env x snapshot` would silently drop --env; say where it belongs."""
    explicit = [name for name in given if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE]
    if explicit:
        option = next(p.opts[0] for p in ctx.command.params if p.name == explicit[0])
        name = str(ctx.invoked_subcommand)
        takes = any(parameter.name == explicit[0] for parameter in main.commands[name].params)
        message = f"{option} goes after the subcommand: validate-infra {name} {option} …"
        raise click.UsageError(message if takes else f"{name} takes no {option}", ctx)


@main.command(short_help="Trace a flow hop by hop, or show the packet that is lost.")
@_environment_options()
@click.option("--snapshot", metavar="FILE", help="Trace in a recorded environment offline.")
@click.option("--from", "source", required=True, metavar="END", help="run/NAME, connector/NAME, vm/NAME, cidr:RANGE, …")
@click.option(
    "--to",
    "destination",
    required=True,
    metavar="END",
    help="redis/NAME, sql/NAME, vm/NAME, internet, host:NAME:443, …",
)
@click.option("--port", "ports", metavar="PORTS", multiple=True, help="8080 or 8000-8080; default: the destination's.")
@click.option("--protocol", metavar="NAME", help="tcp, udp, icmp, …, a number, or all; default: tcp.")
@click.option("--network", metavar="NAME", help="The VPC network that a cidr: source is in.")
@click.option(
    "--report", "reports", metavar="FORMAT[=FILE]", multiple=True, help="text or json; repeatable. Default: text."
)
@click.option("--dry-run", is_flag=True, help="Print the calls and permissions without making any call.")
@click.option("-v", "--verbose", is_flag=True, help="Evidence of what arrives too.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR is honoured too.")
def path(**given: Any) -> None:
    """Trace one flow over every address and port: exit 0 all arrive, 1 some do not, 3 not known.

    \b
    validate-infra path --env demo --from run/chat-api --to redis/chat-cache
    validate-infra path --env staging --from connector/web --to host:api.openai.com:443
    validate-infra path --project acme --network vpc --from cidr:10.1.0.0/24 --to internet --port 443
    """  # noqa: D301 - click's mark of lines that stay as they are
    _exit(_path, given)


@main.command(short_help="Record an environment, redacted, to judge it offline.")
@_environment_options(*_SELECTION)
@click.option("-o", "--output", required=True, metavar="FILE", help="File to write; appears whole or not at all.")
def snapshot(**given: Any) -> None:
    """Record what the environment's rules need, redacted, to be judged offline."""
    _exit(_snapshot, given)


@main.command(short_help="Print the IAM permissions and APIs the rules need.")
@_environment_options(*_SELECTION)
def permissions(**given: Any) -> None:
    """Print the IAM permissions and APIs that the environment's rules need."""
    _exit(_permissions, given)


@main.command(short_help="List every check and the state it wants.")
@_checks_option
def checks(**given: Any) -> None:
    """List every check: its id, default severity and the state it wants."""
    _exit(_checks, given)


@main.command(short_help="Explain checks: why, how to mend, parameters.")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@_checks_option
def explain(**given: Any) -> None:
    """Explain checks: why, how to mend, parameters, what they read."""
    _exit(_explain, given)


@main.command(short_help="Print the JSON Schema of rules.yaml, for editors.")
@_checks_option
def schema(**given: Any) -> None:
    """Print the JSON Schema of rules.yaml, for an editor's completion."""
    _exit(_schema, given)


def _exit(command: Callable[[dict[str, Any]], int], given: dict[str, Any]) -> None:
    """Run a command and leave with its exit code; expected problems become one message, never a traceback."""
    from validator.problems import explained  # noqa: PLC0415 - imports the whole tool, which --help does not need

    _make_streams_safe()
    try:
        code = command(given)
        sys.stdout.flush()
    except click.ClickException:
        raise
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        code = 130
    except BrokenPipeError:
        sys.stdout = _nowhere()
        code = 141
    except (Exception, SystemExit) as problem:  # noqa: BLE001 - exit 1 means a proven failure, so nothing else may
        message, code = explained(problem)
        sys.stdout = _nowhere()
        click.echo(f"validate-infra: {message}", err=True)
        if given.get("verbose"):
            traceback.print_exception(problem)
    if threading.active_count() > 1:
        # A read that never ended still runs; shutting the interpreter down around it is not safe.
        _flush()
        os._exit(code)
    sys.exit(code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()


def _make_streams_safe() -> None:
    """A closed stream swallows what is written; a terminal that cannot show a sign shows a question mark."""
    sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - lives as long as the process


def _session(given: dict[str, Any]) -> Any:
    from validator.app import Session, this_machine  # noqa: PLC0415 - heavy, and --help does not need it
    from validator.check import Severity  # noqa: PLC0415
    from validator.options import Options  # noqa: PLC0415

    names = Options.__struct_fields__
    taken = {key: value for key, value in given.items() if key in names}
    if "fail_on" in taken:
        taken["fail_on"] = Severity(taken["fail_on"])
    return Session(Options(**taken), this_machine(os.environ))


def _gate(given: dict[str, Any]) -> int:
    from validator.output import outputs, report_renderers, write  # noqa: PLC0415

    wanted = outputs(given["reports"] or ("text",), inputs=(given["rules"], given["snapshot"]))
    session = _session(given)
    if given["dry_run"]:
        from validator.collect.live import describe  # noqa: PLC0415

        click.echo(describe(session.environment, session.plan, session.options))
        return 0
    if given["quiet"] and given["verbose"]:
        raise click.UsageError("-q and -v contradict each other: give one of them")
    report = session.report(_progress())
    write(wanted, _look(given), report_renderers(report))
    return int(report.exit_code)


def _look(given: dict[str, Any]) -> Any:
    from validator.output import Look  # noqa: PLC0415

    color = sys.stdout.isatty() and not given["no_color"] and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size((100, 24)).columns
    return Look(width=width, color=color, verbose=given["verbose"], quiet=given.get("quiet", False))


def _path(given: dict[str, Any]) -> int:
    from validator.gcp.paths.paths import Question  # noqa: PLC0415
    from validator.options import UsageError  # noqa: PLC0415
    from validator.output import outputs, path_renderers, write  # noqa: PLC0415

    if not any(given[name] for name in ("env", "project", "snapshot")):
        raise click.UsageError(
            "which environment? --env NAME, --project ID or --snapshot FILE; --env demo needs nothing"
        )
    if given["network"] is not None and not given["source"].startswith("cidr:"):
        raise click.UsageError("--network says where a cidr: source is; any other is where its configuration puts it")
    wanted = outputs(given["reports"] or ("text",), inputs=(given["rules"], given["snapshot"]))
    try:
        question = Question.parse(
            given["source"], given["destination"], given["protocol"], given["ports"], given["network"]
        )
    except ValueError as problem:
        raise UsageError(str(problem)) from None
    session = _session(given)
    if given["dry_run"]:
        from validator.collect.live import describe  # noqa: PLC0415

        click.echo(describe(session.environment, session.path_plan, session.options))
        return 0
    answer = session.path(question, _progress())
    write(wanted, _look(given), path_renderers(answer))
    return int(answer.exit_code)


def _snapshot(given: dict[str, Any]) -> int:
    from validator.listing import recorded_lines  # noqa: PLC0415
    from validator.output import check_target, write_file  # noqa: PLC0415
    from validator.snapshot import dump  # noqa: PLC0415

    target = check_target(given["output"])
    session = _session(given)
    inventory, _ = session.inventory(_progress())
    write_file(target, dump(inventory))
    for line in recorded_lines(inventory, target):
        click.echo(line, err=True)
    return 0 if all(reading.outcome.complete for reading in inventory.readings) else 3


def _permissions(given: dict[str, Any]) -> int:
    from validator.listing import permissions_text  # noqa: PLC0415

    session = _session(given)
    click.echo(permissions_text(session.plan, session.environment), nl=False)
    return 0


def _checks(given: dict[str, Any]) -> int:
    from validator.engine.loader import load_checks  # noqa: PLC0415
    from validator.listing import checks_text  # noqa: PLC0415

    click.echo(checks_text(load_checks(given["checks_dirs"])), nl=False)
    return 0


def _explain(given: dict[str, Any]) -> int:
    from validator.engine.loader import load_checks  # noqa: PLC0415
    from validator.listing import explain_text  # noqa: PLC0415

    known = load_checks(given["checks_dirs"])
    click.echo("\n".join(explain_text(name, known) for name in given["names"]), nl=False)
    return 0


def _schema(given: dict[str, Any]) -> int:
    import json  # noqa: PLC0415

    from validator.config.schema import schema as rules_schema  # noqa: PLC0415
    from validator.engine.loader import load_checks  # noqa: PLC0415

    click.echo(json.dumps(rules_schema(load_checks(given["checks_dirs"])), indent=2))
    return 0


def _progress() -> Callable[[int, int], None]:
    """A counter on stderr while reading, on a terminal only."""
    if not sys.stderr.isatty():
        return lambda _done, _total: None

    def show(done: int, total: int) -> None:
        end = "\r\x1b[K" if done == total else ""
        click.echo(f"\rreading {done}/{total} calls\x1b[K{end}", nl=False, err=True)

    return show


if __name__ == "__main__":
    main()
