"""Options of the room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from oslo_config import cfg

from barbican_like.common import config
from barbican_like.common.config import Groups
from barbican_like.common.hosts import Hosts

OPTIONS: Final[Groups] = {
    "workqueue": [
        cfg.IntOpt(
            "transfer_workers",
            default=1,
            min=0,
            help="Worker processes for transfers; flag --transfer-workers of start.",
        ),
        cfg.IntOpt("threads", default=8, min=1, help="Connections that each transfer worker works at once."),
        cfg.ListOpt(
            "allowed_hosts",
            help="Names, addresses and networks that sites may be at. Unset: public addresses only, "
            "none of this machine or of private networks.",
        ),
        cfg.ListOpt(
            "file_roots",
            help="Folders that sites with a file: URL may lie in. Unset: there are no such sites.",
        ),
        cfg.StrOpt("output_dir", help="Folder of the attempts' logs. Unset: transfers in the data folder."),
        cfg.IntOpt("output_bytes", default=65_536, min=1024, help="Largest log of an attempt, in bytes."),
        cfg.IntOpt(
            "job_retention",
            default=7_776_000,
            min=0,
            help="Seconds for which a job that has ended is kept, with its elements and logs; 0: for ever.",
        ),
        cfg.FloatOpt(
            "auth_patience",
            default=604_800.0,
            min=0.0,
            help="Seconds that an element waits for a credential that its site accepts; then it has failed.",
        ),
    ]
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options as the room uses them."""

    output_dir: Path
    output_bytes: int
    file_roots: tuple[Path, ...]
    hosts: Hosts
    auth_patience: float  # seconds
    job_retention: int  # seconds; 0: for ever


def settings(conf: cfg.ConfigOpts) -> Settings:
    """What the configuration says."""
    chosen = conf.workqueue
    folder = chosen.output_dir
    return Settings(
        output_dir=Path(folder) if folder else config.data_folder(conf) / "transfers",
        output_bytes=chosen.output_bytes,
        file_roots=tuple(Path(root) for root in chosen.file_roots or ()),
        hosts=Hosts.of(chosen.allowed_hosts),
        auth_patience=chosen.auth_patience,
        job_retention=chosen.job_retention,
    )
