"""From configuration to the rules in force: the defaults of one set, and the operator's files on top.

Options of ``[oslo_policy]``: policy_file, policy_dirs, policy_default_rule and the rest are oslo.policy's
own; ``enforce_new_defaults`` is true unless set, as in release 23 of the original; ``enforce_scope`` is gone
from oslo.policy 6 (which always enforces the scope types of a rule) and lives on here, true unless set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from oslo_config import cfg
from oslo_policy import policy

from barbican_like.common.errors import ConfigurationError

GROUP = "oslo_policy"
_ENFORCE_SCOPE = cfg.BoolOpt(
    "enforce_scope",
    default=True,
    help="Whether to refuse a token of another scope than the rule is meant for (project).",
)
_BY_DEFAULT = (cfg.Locations.opt_default, cfg.Locations.set_default)


def build_enforcer(conf: cfg.ConfigOpts, rules: Iterable[policy.RuleDefault]) -> policy.Enforcer:
    """An enforcer with the defaults registered, its files not yet read.

    :param conf: a configuration that has been called (parsed).
    :param rules: with both of their defaults.
    """
    enforcer = policy.Enforcer(conf)
    if _ENFORCE_SCOPE.name not in conf[GROUP]:
        conf.register_opt(_ENFORCE_SCOPE, group=GROUP)
    conf.set_default("enforce_scope", default=True, group=GROUP)
    conf.set_default("enforce_new_defaults", default=True, group=GROUP)
    options = conf[GROUP]
    enforcer.register_defaults(
        effective_defaults(rules, new=options.enforce_new_defaults, scoped=options.enforce_scope)
    )
    return enforcer


def effective_defaults(
    rules: Iterable[policy.RuleDefault], *, new: bool, scoped: bool
) -> list[policy.RuleDefault]:
    """The defaults of one set.

    The choice is made here and not by oslo.policy: with ``enforce_new_defaults = false`` that would join the
    new check to the legacy one with "or", and so let in whom the legacy set keeps out (an admin of another
    project, for one). So each rule is registered with the one check string in force and without its
    ``deprecated_rule``, which only the generated documents use.

    :param new: the new set instead of the legacy one.
    :param scoped: keep the scope types; without them no rule asks for a token's scope.
    """
    return [_effective(rule, new=new, scoped=scoped) for rule in rules]


def _effective(rule: policy.RuleDefault, *, new: bool, scoped: bool) -> policy.RuleDefault:
    legacy = rule.deprecated_rule
    return policy.RuleDefault(
        name=rule.name,
        check_str=rule.check_str if new or legacy is None else legacy.check_str,
        description=rule.description,
        scope_types=rule.scope_types if scoped else None,
    )


def read_files(conf: cfg.ConfigOpts) -> dict[str, Path]:
    """Check every policy file and say which file each overridden rule comes from (the last one wins).

    oslo.policy takes a rule that it cannot read for "nobody", logs a traceback and goes on, and takes a rule
    without a value for "everybody". Here both end the start.

    :raises ConfigurationError: for a file that cannot be used, naming it and the rule.
    """
    origin: dict[str, Path] = {}
    for path in _files(conf):
        for name, check in _read(path).items():
            _require_readable(path, name, check)
            origin[name] = path
    return origin


def _files(conf: cfg.ConfigOpts) -> Iterator[Path]:
    """The policy files in the order in which oslo.policy reads them."""
    name = conf[GROUP].policy_file
    found = conf.find_file(name)
    if found:
        yield Path(found)
    elif _chosen_by_operator(conf):
        raise ConfigurationError(f"policy file {name}: no such file ([oslo_policy] policy_file names it)")
    for folder in conf[GROUP].policy_dirs:
        found = conf.find_file(folder)
        if found is None:
            continue
        if not Path(found).is_dir():
            raise ConfigurationError(f"{found}: not a folder ([oslo_policy] policy_dirs names it)")
        files = (path for path in Path(found).iterdir() if path.is_file())
        yield from sorted(path for path in files if not path.name.startswith("."))


def _chosen_by_operator(conf: cfg.ConfigOpts) -> bool:
    where = conf.get_location("policy_file", GROUP)
    return where is not None and where.location not in _BY_DEFAULT


def _read(path: Path) -> dict[str, object]:
    try:
        content: object = policy.parse_file_contents(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"policy file {path}: {error.strerror}") from error
    except ValueError as error:  # not YAML, or not UTF-8
        raise ConfigurationError(f"policy file {path}: {error}") from error
    if not isinstance(content, Mapping):
        raise ConfigurationError(f"policy file {path}: must hold one 'rule: check' a line, nothing else")
    return dict(content)


def _require_readable(path: Path, name: object, check: object) -> None:
    rule = f"policy file {path}: rule {name!r}"
    if not isinstance(name, str):
        raise ConfigurationError(f"{rule}: the name must be a text")
    if not isinstance(check, str):
        raise ConfigurationError(f"{rule}: its check must be a text in quotes ('@' allows all, '!' nobody)")
    tokens = [token.lstrip("(").rstrip(")") for token in check.split()]
    for token in tokens:
        if token and ":" not in token and token.lower() not in {"and", "or", "not", "!", "@"}:
            raise ConfigurationError(f"{rule}: {token!r} is no check; a check is 'kind:match', '@' or '!'")
    parsed = policy.RuleDefault(name, check).check
    if str(parsed) == "!" and [token for token in tokens if token] != ["!"]:
        raise ConfigurationError(f"{rule}: cannot be understood: {check!r}")
