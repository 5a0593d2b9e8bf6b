"""Callers, things and configurations for the tests of the policy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from oslo_config import cfg

from barbican_like.http.policy.terms import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

ME, SOMEBODY = "user-me", "user-somebody"
OURS, THEIRS = "project-ours", "project-theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller with no roles at all, unless said otherwise."""

    user_id: str | None = ME
    project_id: str | None = OURS
    roles: frozenset[str] = frozenset()
    domain_id: str | None = None
    user_domain_id: str | None = None
    project_domain_id: str | None = None
    system_scope: str | None = None
    is_admin: bool = False
    confined: bool = False


def caller(*roles: str) -> Caller:
    return Caller(roles=frozenset(roles))


def thing(
    kind: str, *, ours: bool = True, mine: bool = True, open_: bool = True, acl: bool = False
) -> Target:
    """A thing by what matters about it: whose it is and what its ACL says."""
    return Target(
        kind=kind,
        project_id=OURS if ours else THEIRS,
        creator_id=ME if mine else SOMEBODY,
        read="read" if acl else None,
        read_project_access=open_,
    )


def configured(folder: Path, lines: Iterable[str] = ()) -> cfg.ConfigOpts:
    """A configuration parsed from a file of these lines in ``[oslo_policy]``."""
    file = folder / "barbican.conf"
    file.write_text("\n".join(["[oslo_policy]", *lines, ""]))
    conf = cfg.ConfigOpts()
    conf(["--config-file", str(file)], default_config_files=[], default_config_dirs=[])
    return conf
