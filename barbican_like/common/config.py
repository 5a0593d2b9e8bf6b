"""The options of barbican.conf that belong to no room. Importing parses nothing; :func:`parse` does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from oslo_config import cfg, types

from barbican_like.common.errors import ConfigurationError

Groups = Mapping[str | None, Sequence[cfg.Opt]]
"""Options by section; those of None stand in ``[DEFAULT]``."""

DEFAULT_OPTS = [
    cfg.StrOpt("data_dir", default="data", help="Folder of the database, the master key, sockets and logs."),
    cfg.StrOpt(
        "host_href",
        default="http://localhost:9311",
        help="Base of every reference in answers. Blank: taken from the request's Host header.",
    ),
    cfg.IntOpt(
        "max_allowed_request_size_in_bytes",
        default=25_000,
        min=1,
        help="Largest request body, in bytes.",
    ),
    cfg.IntOpt("default_limit_paging", default=10, min=1, help="Items on a list page when none is asked."),
    cfg.IntOpt("max_limit_paging", default=100, min=1, help="Most items on a list page."),
    cfg.StrOpt(
        "transport_url",
        secret=True,
        help="oslo.messaging transport for wake-ups, such as rabbit://user:password@host:5672/. "
        "Unset: unix sockets in the data folder.",
    ),
    cfg.BoolOpt("debug", default=False, help="Log at level DEBUG."),
]

DATABASE_OPTS = [
    cfg.StrOpt(
        "connection",
        secret=True,
        help="SQLAlchemy URL: sqlite:///FILE, postgresql+psycopg://..., mysql+pymysql://... "
        "Unset: barbican.sqlite in the data folder.",
    ),
    cfg.IntOpt(
        "pool_size",
        default=8,
        min=1,
        help="Connections a process keeps open at most; a worker has one for each of its threads.",
    ),
    cfg.FloatOpt(
        "lock_wait",
        default=5.0,
        min=0.1,
        help="Seconds a request waits for a database lock before it answers 503, "
        "and hardly longer for any answer of a database server.",
    ),
]

QUEUE_OPTS = [
    cfg.BoolOpt("enable", default=True, help="False: orders are worked in the API process after the commit."),
    cfg.StrOpt("topic", default="barbican.workers", help="RPC topic."),
    cfg.StrOpt("namespace", default="barbican", help="RPC namespace."),
    cfg.StrOpt("version", default="1.1", help="RPC version."),
    cfg.StrOpt("server_name", default="barbican.queue", help="Name of the RPC server."),
]

API_OPTS = [
    cfg.StrOpt("host", default="127.0.0.1", help="Address to listen on."),
    cfg.PortOpt("port", default=9311, help="Port to listen on."),
    cfg.IntOpt("workers", default=2, min=1, help="API processes."),
    cfg.IntOpt(
        "threads",
        default=2,
        min=1,
        help="Requests that each API process works at once, besides those that wait.",
    ),
    cfg.IntOpt(
        "most_threads",
        default=32,
        min=1,
        help="The same with those that wait, for a lock, the database, Keystone or a password hash.",
    ),
    cfg.IntOpt(
        "max_waiting_requests",
        default=256,
        min=1,
        help="Requests that may wait for a thread in each API process; one more is answered 503 at once.",
    ),
    cfg.IntOpt(
        "max_connections",
        default=1000,
        min=16,
        help="Connections that each API process keeps; of more, those silent for longest are closed.",
    ),
    cfg.IntOpt(
        "max_connection_requests",
        default=10_000,
        min=1,
        help="Requests on one connection, after which it is closed with the answer.",
    ),
    cfg.IntOpt(
        "max_header_bytes",
        default=32_768,
        min=8192,
        help="Largest request line with its headers, in bytes; a larger one is answered 431.",
    ),
    cfg.FloatOpt(
        "header_timeout",
        default=30.0,
        min=0.1,
        help="Seconds for the headers of a request, and seconds that a connection may be idle.",
    ),
    cfg.FloatOpt(
        "body_timeout", default=30.0, min=0.1, help="Seconds for a body as a whole; then 408 is answered."
    ),
    cfg.FloatOpt(
        "body_pause",
        default=5.0,
        min=0.1,
        help="Seconds within a body without a byte of it; then 408 is answered.",
    ),
    cfg.FloatOpt(
        "answer_timeout",
        default=30.0,
        min=0.1,
        help="Seconds without the caller taking anything of its answer; then the connection is closed.",
    ),
    cfg.StrOpt(
        "auth", default="noauth", choices=["noauth", "basic", "keystone"], help="Which pipeline serves /v1."
    ),
    cfg.StrOpt("paste_file", help="PasteDeploy file. Unset: the one shipped with the project."),
    cfg.StrOpt("htpasswd_file", help="bcrypt password file for auth = basic."),
    cfg.IntOpt(
        "token_cache_size",
        default=1000,
        min=0,
        help="Tokens that each API process remembers with auth = keystone, "
        "each for [keystone_authtoken] token_cache_time seconds.",
    ),
    cfg.BoolOpt(
        "allow_remote_noauth",
        default=False,
        help="Allow auth = noauth on an address that other machines can reach.",
    ),
    cfg.ListOpt(
        "allowed_hosts",
        item_type=types.HostAddress(),
        help="With auth = noauth: names that requests may be addressed to, beside the loopback interface's, "
        "host and that of host_href. Others are answered 421, as pages in browsers that pose as this server.",
    ),
]

WORKER_OPTS: list[cfg.Opt] = [
    cfg.IntOpt("threads", default=4, min=1, help="Tasks of a lane that a worker process works on at once."),
    cfg.ListOpt(
        "lanes",
        help="Lanes that a worker process serves, each with its threads where they are not [worker] threads, "
        "such as orders:8,pairs:2. Unset: all but transfers, which have workers of their own.",
    ),
    cfg.FloatOpt(
        "sweep_interval", default=0.05, min=0.005, help="Seconds between looks for tasks without a wake-up."
    ),
    cfg.FloatOpt(
        "claim_term",
        default=30.0,
        min=1.0,
        help="Seconds without a sign of life after which a worker on another machine counts as dead. "
        "On its own machine that shows at once.",
    ),
]

NOTIFICATION_OPTS: list[cfg.Opt] = [
    cfg.BoolOpt(
        "enable",
        default=False,
        help="Remove a project's resources when Keystone deletes it (needs a broker).",
    ),
    cfg.StrOpt("control_exchange", default="keystone", help="Exchange that Keystone notifies on."),
    cfg.StrOpt("topic", default="notifications", help="Topic that Keystone notifies on."),
    cfg.StrOpt(
        "pool_name",
        default="barbican",
        help="Listeners with one name share the notifications, apart from other services' listeners.",
    ),
]

GROUPS: Groups = {
    None: DEFAULT_OPTS,
    "database": DATABASE_OPTS,
    "queue": QUEUE_OPTS,
    "api": API_OPTS,
    "worker": WORKER_OPTS,
    "keystone_notifications": NOTIFICATION_OPTS,
}
"""What every deployment has; rooms add their own."""


def joined(parts: Iterable[Groups]) -> dict[str | None, list[cfg.Opt]]:
    """Several lots of options as one; what they have in the same group stands in their order."""
    groups: dict[str | None, list[cfg.Opt]] = {}
    for part in parts:
        for group, options in part.items():
            groups.setdefault(group, []).extend(options)
    return groups


def program_version() -> str:
    """The installed version of this program."""
    try:
        return version("barbican_like")
    except PackageNotFoundError:
        return "0+unknown"


def new_config(groups: Groups = GROUPS) -> cfg.ConfigOpts:
    """An empty configuration with these options registered; commands add theirs before parsing."""
    conf = cfg.ConfigOpts()
    for group, options in groups.items():
        conf.register_opts(options, group=group)
    return conf


def parse(conf: cfg.ConfigOpts, arguments: Sequence[str], prog: str, groups: Groups = GROUPS) -> None:
    """Parse a command line with its configuration files (a later file wins), and check every option.

    :raises ConfigurationError: naming the option or the file that is wrong.
    """
    try:
        conf(
            list(arguments),
            project="barbican",
            prog=prog,
            version=program_version(),
            default_config_files=[],
            default_config_dirs=[],
        )
        _check(conf, groups)
    except cfg.Error as error:
        raise ConfigurationError(f"configuration: {error}") from error


def _check(conf: cfg.ConfigOpts, groups: Groups) -> None:
    """Read every option once, so that a bad value shows at the start and by its name."""
    for group, options in groups.items():
        section = conf if group is None else conf[group]
        for option in options:
            try:
                getattr(section, option.dest)
            except ValueError as error:
                raise ConfigurationError(
                    f"configuration: [{group or 'DEFAULT'}] {option.name}: {error}"
                ) from error


def data_folder(conf: cfg.ConfigOpts) -> Path:
    """The data folder as an absolute path."""
    return Path(conf.data_dir).expanduser().absolute()


def database_url(conf: cfg.ConfigOpts) -> str:
    """The database's URL, by default a file in the data folder."""
    return str(conf.database.connection or f"sqlite:///{data_folder(conf) / 'barbican.sqlite'}")


def wake_folder(conf: cfg.ConfigOpts) -> Path:
    """The folder of the workers' wake-up sockets."""
    return data_folder(conf) / "run" / "wake"


def lease_folder(conf: cfg.ConfigOpts) -> Path:
    """The folder where the workers of this machine keep the locks of their leases."""
    return data_folder(conf) / "run" / "leases"


def meter_folder(conf: cfg.ConfigOpts) -> Path:
    """The folder where the processes of this machine count what they do."""
    return data_folder(conf) / "run" / "meters"


def lanes(
    conf: cfg.ConfigOpts,
    known: Collection[str],
    threads: int | None = None,
    left_out: Collection[str] = (),
) -> dict[str, int]:
    """The lanes that a worker serves, each with its threads.

    :param known: every lane of this program.
    :param threads: in each lane, whatever the configuration says of threads.
    :param left_out: lanes that are served only where the configuration names them.
    :raises ConfigurationError: for an entry of ``[worker] lanes`` that is none.
    """
    chosen: dict[str, int] = {}
    for entry in conf.worker.lanes or sorted(set(known) - set(left_out)):
        name, colon, number = entry.partition(":")
        if name not in known or (colon and not (number.isdecimal() and int(number) > 0)):
            raise ConfigurationError(
                f"[worker] lanes: {entry!r} is not NAME or NAME:THREADS; names: {', '.join(sorted(known))}"
            )
        chosen[name] = threads or int(number or conf.worker.threads)
    return chosen
