"""The commands of ``python -m pipeline``."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.core.command import run_command
from pipeline.core.errors import InputError
from pipeline.core.log import say, set_verbose
from pipeline.core.paths import state

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Arguments after the command's name; the process's own if None.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    set_verbose(options.verbose)
    work: Callable[[argparse.Namespace], int | None] = options.work
    return run_command(lambda: work(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pipeline", description="From raw transaction lines to customer segments."
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    command = _add(commands, "run", _run, "the whole job: land, dbt, gates, segments, export")
    command.add_argument("--data", help="file, folder, glob or table; demo data if left out")
    _add_options_of_a_run(command)
    command.add_argument("--lines", type=int, default=100_000, help="size of the demo data")
    command.add_argument("--seed", type=int, default=7, help="seed of the demo data")

    command = _add(
        commands, "refresh", _refresh, "dbt, gates, scores of the last model, export; no fit"
    )
    command.add_argument("--data", help="file, folder, glob or table; what has landed if left out")
    _add_options_of_a_run(command)

    command = _add(commands, "land", _land, "check raw lines and land them, and nothing else")
    command.add_argument("--data", required=True, help="file, folder, glob or table")
    _add_source(command)

    _add_campaigns(commands)

    command = _add(commands, "inspect", _inspect, "look at a file and draft a source config")
    command.add_argument("file", type=Path)
    command.add_argument("--out", type=Path, help="where to write the draft")

    command = _add(commands, "demo", _demo, "write demo lines to a file")
    command.add_argument("file", type=Path)
    command.add_argument("--lines", type=int, default=100_000)
    command.add_argument("--seed", type=int, default=7)

    command = _add(commands, "data", _data, "fetch the two UCI retail data sets")
    command.add_argument("--to", type=Path, help="folder for the workbooks")
    _add(commands, "rollback", _rollback, "exports/current back to the export before")
    command = _add(commands, "forget", _forget, "remove customers from everything, for good")
    command.add_argument(
        "customers", nargs="+", metavar="customer_id", help="ids as the tables show them"
    )
    command = _add(commands, "serve", _serve, "a local Spark that speaks Connect and Thrift")
    command.add_argument("--foreground", action="store_true", help="be the server, until a signal")
    _add(commands, "status", _status, "ask that server how it is")
    _add(commands, "stop", _stop, "end that server")
    _add(commands, "java", _java, "find a Java that Spark runs on, or fetch one")
    return parser


def _add_campaigns(commands: argparse._SubParsersAction) -> None:
    campaign = commands.add_parser(
        "campaign", help="campaigns that were sent, to be compared with their control groups"
    )
    actions = campaign.add_subparsers(required=True, metavar="action")
    command = _add(actions, "add", _add_campaign, "land the lists of a campaign that was sent")
    command.add_argument(
        "files", nargs="+", type=Path, metavar="file",
        help="the list and the control group, as the page Campaign gives them",
    )  # fmt: skip
    command.add_argument("--name", required=True, help="what the campaign is called")
    command.add_argument("--sent-on", required=True, help="YYYY-MM-DD: the first day that counts")
    command.add_argument(
        "--days", type=int, help="days that count; the var campaign_window_days if left out"
    )
    command.add_argument(
        "--pseudonymous",
        action="store_true",
        help="the lists hold keyed hashes for customer ids (SEGMENTATION_PSEUDONYM_KEY)",
    )
    _add(actions, "list", _list_campaigns, "the campaigns that have landed")
    command = _add(actions, "remove", _remove_campaign, "take a campaign away")
    command.add_argument("name", help="what the campaign is called")


def _add(
    commands: argparse._SubParsersAction,
    name: str,
    work: Callable[[argparse.Namespace], int | None],
    help_text: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=help_text, description=help_text)
    command.add_argument("--verbose", action="store_true", help="show the libraries' own logs")
    command.set_defaults(work=work)
    return command


def _add_source(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, help="source config; recognised if left out")
    command.add_argument(
        "--currency-rates",
        type=Path,
        help="csv file of rates (currency, rate, day) to the shop's own currency",
    )


def _add_options_of_a_run(command: argparse.ArgumentParser) -> None:
    _add_source(command)
    command.add_argument("--as-of", help="YYYY-MM-DD: only what was ordered before that day began")
    command.add_argument("--json", action="store_true", help="print the summary as JSON")
    command.add_argument(
        "--pseudonymous",
        action="store_true",
        help="export keyed hashes for customer ids (SEGMENTATION_PSEUDONYM_KEY), no descriptions",
    )


def _run(options: argparse.Namespace) -> None:
    _do_run(options, lines=options.lines, seed=options.seed)


def _refresh(options: argparse.Namespace) -> None:
    _do_run(options, fit=False)


def _do_run(options: argparse.Namespace, **given: Any) -> None:
    from pipeline.run import RunOptions, run
    from pipeline.summary import summary_json, summary_text

    result = run(
        RunOptions(
            data=options.data,
            config=options.config,
            currency_rates=options.currency_rates,
            as_of=_day(options.as_of) if options.as_of else None,
            pseudonymous=options.pseudonymous,
            **given,
        )
    )
    if options.json:
        print(json.dumps(summary_json(result), indent=2, ensure_ascii=False))
    else:
        print(summary_text(result))


def _land(options: argparse.Namespace) -> None:
    from pipeline.engines.session import get_session
    from pipeline.land import check_input, land
    from pipeline.land.files import shown

    source = options.data, options.config, options.currency_rates
    check_input(*source)
    report = land(get_session(), *source)
    for file in report.files:
        print(f"  {file.rows:>12,}  {shown(file.source_file)}")
    print(f"  {report.raw_rows:>12,}  raw lines landed, as source {report.source_name}")
    for warning in report.warnings:
        print(f"  - {warning}")


def _add_campaign(options: argparse.Namespace) -> None:
    from pipeline.land.campaign_lists import read_campaign
    from pipeline.privacy.pseudonyms import Pseudonyms

    pseudonyms = Pseudonyms.from_environment() if options.pseudonymous else None
    campaign = read_campaign(options.files, options.name, options.sent_on, options.days)
    from pipeline.engines.session import get_session
    from pipeline.land.campaigns import add_campaign

    landed = add_campaign(get_session(), campaign, pseudonyms)
    if not landed.is_new:
        print(f"{landed.name}, sent on {landed.sent_on}, had landed before with these files")
        return
    print(f"{landed.name}, sent on {landed.sent_on}: {landed.row_count:,} records landed")
    print("What it brought is in the next result: make refresh, or make run DATA=...")


def _list_campaigns(_: argparse.Namespace) -> None:
    from pipeline.land.campaigns import landed_campaigns
    from pipeline.land.files import shown

    found = landed_campaigns()
    for each in found:
        days = f", {each.window_days} days" if each.window_days else ""
        print(f"  {each.sent_on}  {each.row_count:>9,} records  {shown(each.name)}{days}")
    if not found:
        print("No campaign has landed; add one with: python -m pipeline campaign add --help")


def _remove_campaign(options: argparse.Namespace) -> None:
    from pipeline.engines.session import get_session
    from pipeline.land.campaigns import remove_campaign

    remove_campaign(get_session(), options.name)
    print(f"{options.name} was taken away; the next result is without it")


def _inspect(options: argparse.Namespace) -> None:
    from pipeline.inspect_source import inspect

    print(inspect(options.file, options.out))


def _demo(options: argparse.Namespace) -> None:
    from pipeline.demo import write_demo

    print(write_demo(options.file, options.lines, options.seed))


def _data(options: argparse.Namespace) -> None:
    from pipeline.environment.fetch_data import fetch_all

    fetch_all(options.to or state().root / "data")


def _rollback(_: argparse.Namespace) -> None:
    from pipeline.store.export_folders import rollback

    say(f"exports/current is {rollback(state().exports)} again")


def _forget(options: argparse.Namespace) -> None:
    from pipeline.privacy.forget import forget

    print(forget(options.customers))


def _serve(options: argparse.Namespace) -> None:
    from pipeline.engines import serve

    if options.foreground:
        serve.serve()
    else:
        serve.start()


def _status(_: argparse.Namespace) -> None:
    from pipeline.engines.serve import status

    status()


def _stop(_: argparse.Namespace) -> None:
    from pipeline.engines.serve import stop

    stop()


def _java(_: argparse.Namespace) -> None:
    from pipeline.engines.warm import prepare
    from pipeline.environment.fetch_java import ensure_java

    home = ensure_java(state().root / "java")
    os.environ["JAVA_HOME"] = str(home)
    prepare()
    say(f"  ✓ Java: {home}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--as-of {text}: expected a day as YYYY-MM-DD") from error


if __name__ == "__main__":
    sys.exit(main())
