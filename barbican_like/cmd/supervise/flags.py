"""The flags that the operator's commands share."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
HIGHEST_PORT = 65535


def data_parser() -> argparse.ArgumentParser:
    """`--data`, by default from the environment or in the checkout; without either it must be given."""
    parser = argparse.ArgumentParser(add_help=False)
    in_checkout = (PROJECT / "setup.cfg").exists()
    default = os.environ.get("BARBICAN_DATA") or (str(PROJECT / "data") if in_checkout else None)
    parser.add_argument(
        "--data",
        type=_folder,
        default=default,
        required=default is None,
        metavar="FOLDER",
        help="where the instance keeps everything (BARBICAN_DATA; else data in the project's folder)",
    )
    return parser


def settings_parser() -> argparse.ArgumentParser:
    """What `start` and `restart` take."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    # A text as the default is checked as one from the command line is.
    port = os.environ.get("BARBICAN_PORT") or None
    parser.add_argument("--port", type=_port, default=port, help="port to listen on (BARBICAN_PORT; 9311)")
    parser.add_argument("--live-port", type=_port, help="port of the live feed (the one after the API's)")
    parser.add_argument(
        "--config",
        "--config-file",
        action="append",
        type=_file,
        metavar="FILE",
        help="an oslo.config file; may be given again, a later one wins; flags win over files",
    )
    pipelines = ["noauth", "basic", "keystone"]
    parser.add_argument("--auth", choices=pipelines, help="how callers are told apart (noauth)")
    parser.add_argument("--workers", type=count, metavar="N", help="worker processes (1)")
    parser.add_argument(
        "--transfer-workers", type=count, metavar="N", help="worker processes for transfers (1)"
    )
    parser.add_argument("--api-workers", type=count, metavar="N", help="API processes (2)")
    return parser


def _folder(text: str) -> Path:
    # Links are followed, so that one folder has one name.
    return Path(text).expanduser().resolve()


def _file(text: str) -> str:
    return os.path.abspath(Path(text).expanduser())  # noqa: PTH100 - a link may be changed on purpose


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 1 to {HIGHEST_PORT}")
    return int(text)


def count(text: str) -> int:
    """A number from 1 on, for argparse."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count: give a number from 1 on")
    return int(text)
