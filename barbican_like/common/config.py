"""The options of barbican.conf. Importing this module parses nothing; :func:`load` does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from oslo_config import cfg

from barbican_like.common.errors import ConfigurationError

DEFAULT_OPTS = [
    cfg.StrOpt("data_dir", default="data", help="Folder of the database, the master key, sockets and logs."),
    cfg.StrOpt(
        "host_href",
        default="http://localhost:9311",
        help="Base of every reference in answers. Blank: taken from the request's Host header.",
    ),
    cfg.IntOpt(
        "max_allowed_secret_in_bytes",
        default=20_000,
        min=1,
        help="Largest payload, in bytes; of a base64 payload its text counts.",
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
    cfg.IntOpt("pool_size", default=8, min=1, help="Connections a process keeps open at most."),
    cfg.FloatOpt(
        "lock_wait",
        default=5.0,
        min=0.1,
        help="Seconds a request waits for a database lock before it answers 503.",
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
    cfg.IntOpt("threads", default=2, min=1, help="Threads in each API process."),
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
]

WORKER_OPTS: list[cfg.Opt] = [
    cfg.IntOpt("threads", default=4, min=1, help="Tasks of a lane that a worker process works on at once."),
    cfg.ListOpt(
        "lanes",
        help="Lanes that a worker process serves, each with its threads where they are not [worker] threads, "
        "such as orders:8,pairs:2. Unset: all.",
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

KEYRING_OPTS = [
    cfg.StrOpt("master_key_file", help="File with the master key. Unset: master.key in the data folder."),
    cfg.IntOpt("project_key_cache_size", default=1024, min=0, help="Unwrapped project keys held in memory."),
    cfg.FloatOpt("project_key_cache_ttl", default=300.0, min=0, help="Seconds an unwrapped key is held."),
]

QUOTA_OPTS: list[cfg.Opt] = [
    cfg.IntOpt(
        f"quota_{resource}",
        default=-1,
        help=f"{label} that a project may have where an administrator has set nothing else. "
        "Negative: no limit; 0: none.",
    )
    for resource, label in (
        ("secrets", "Secrets"),
        ("orders", "Orders"),
        ("containers", "Containers"),
        ("consumers", "Consumers"),
        ("cas", "Certificate authorities"),
    )
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

SECRETSTORE_OPTS: list[cfg.Opt] = [
    cfg.MultiStrOpt("enabled_secretstore_plugins", help="Store plug-ins. Unset: store_crypto."),
    cfg.BoolOpt(
        "enable_multiple_secret_stores",
        default=False,
        help="Offer several stores, of which each project may prefer one.",
    ),
    cfg.ListOpt(
        "stores_lookup_suffix",
        help="The stores offered: for each name here a section [secretstore:NAME] with secret_store_plugin, "
        "crypto_plugin and, in one of them, global_default = true.",
    ),
]

CRYPTO_OPTS: list[cfg.Opt] = [
    cfg.MultiStrOpt(
        "enabled_crypto_plugins",
        help="What store_crypto seals with: the first seals, each opens what it has sealed. "
        "Unset: simple_crypto.",
    ),
]

SIMPLE_CRYPTO_OPTS: list[cfg.Opt] = [
    cfg.StrOpt("plugin_name", default="Software Only Crypto", help="Its name in lists of stores."),
]

P11_CRYPTO_OPTS: list[cfg.Opt] = [
    cfg.StrOpt("library_path", help="The PKCS#11 library of the token's vendor."),
    cfg.StrOpt("token_serial_number", help="The token's serial number; it counts before its label."),
    cfg.ListOpt(
        "token_labels",
        help="The token's label; of several, the first that is there. It counts before its slot.",
    ),
    cfg.IntOpt("slot_id", help="The slot that the token is in."),
    cfg.StrOpt("login", secret=True, help="The token's PIN."),
    cfg.StrOpt("login_file", help="A file with the PIN, mode 0600 or 0400, instead of login."),
    cfg.StrOpt("mkek_label", help="Label of the master key in the token."),
    cfg.IntOpt(
        "mkek_length",
        default=256,
        choices=[256, 32],
        help="Length of the master key: 256 bits, which may be said as 32 bytes too.",
    ),
    cfg.StrOpt("plugin_name", default="PKCS11 HSM", help="Its name in lists of stores."),
]

GROUPS: dict[str | None, list[cfg.Opt]] = {
    None: DEFAULT_OPTS,
    "database": DATABASE_OPTS,
    "queue": QUEUE_OPTS,
    "api": API_OPTS,
    "worker": WORKER_OPTS,
    "keyring": KEYRING_OPTS,
    "quotas": QUOTA_OPTS,
    "secretstore": SECRETSTORE_OPTS,
    "crypto": CRYPTO_OPTS,
    "simple_crypto_plugin": SIMPLE_CRYPTO_OPTS,
    "p11_crypto_plugin": P11_CRYPTO_OPTS,
    "keystone_notifications": NOTIFICATION_OPTS,
}


def list_opts() -> list[tuple[str | None, list[cfg.Opt]]]:
    """Every option by group, for oslo-config-generator."""
    return list(GROUPS.items())


def program_version() -> str:
    """The installed version of this program."""
    try:
        return version("barbican_like")
    except PackageNotFoundError:
        return "0+unknown"


def new_config() -> cfg.ConfigOpts:
    """An empty configuration with every option registered; commands add theirs before parsing."""
    conf = cfg.ConfigOpts()
    for group, options in GROUPS.items():
        conf.register_opts(options, group=group)
    return conf


def load(
    arguments: Sequence[str], conf: cfg.ConfigOpts | None = None, prog: str = "barbican"
) -> cfg.ConfigOpts:
    """Parse a command line with its configuration files (a later file wins).

    :raises ConfigurationError: naming the option or the file that is wrong.
    """
    conf = conf or new_config()
    try:
        conf(
            list(arguments),
            project="barbican",
            prog=prog,
            version=program_version(),
            default_config_files=[],
            default_config_dirs=[],
        )
        check(conf)
    except cfg.Error as error:
        raise ConfigurationError(f"configuration: {error}") from error
    return conf


def check(conf: cfg.ConfigOpts) -> None:
    """Read every registered option once, so that a bad value shows at the start and by its name."""
    for group, options in GROUPS.items():
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


def master_key_file(conf: cfg.ConfigOpts) -> Path:
    """The master key's file, by default one in the data folder."""
    return Path(conf.keyring.master_key_file or data_folder(conf) / "master.key").expanduser()


def wake_folder(conf: cfg.ConfigOpts) -> Path:
    """The folder of the workers' wake-up sockets."""
    return data_folder(conf) / "run" / "wake"


def lease_folder(conf: cfg.ConfigOpts) -> Path:
    """The folder where the workers of this machine keep the locks of their leases."""
    return data_folder(conf) / "run" / "leases"


def lanes(conf: cfg.ConfigOpts, known: Collection[str], threads: int | None = None) -> dict[str, int]:
    """The lanes that a worker serves, each with its threads.

    :param known: every lane of this program.
    :param threads: in each lane, whatever the configuration says of threads.
    :raises ConfigurationError: for an entry of ``[worker] lanes`` that is none.
    """
    chosen: dict[str, int] = {}
    for entry in conf.worker.lanes or sorted(known):
        name, colon, number = entry.partition(":")
        if name not in known or (colon and not (number.isdecimal() and int(number) > 0)):
            raise ConfigurationError(
                f"[worker] lanes: {entry!r} is not NAME or NAME:THREADS; names: {', '.join(sorted(known))}"
            )
        chosen[name] = threads or int(number or conf.worker.threads)
    return chosen
