"""barbican-tempest-plugin against this server behind a real Keystone, all of it on loopback.

    tox -e tempest                        both sets of policy defaults
    tox -e tempest -- --run new           one of the runs
    tox -e tempest -- --regex PATTERN     some of the tests

The first run installs Keystone and tempest into the user's cache. The exit code is 0 where all tests
passed and none was lost.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support import environments, instance, keystone
from tests.support.keystone import Keystone
from tests.support.keystone_seed import ADMIN, REGION

_API: Final = r"barbican_tempest_plugin\.tests\.api"
_RBAC: Final = r"barbican_tempest_plugin\.tests\.rbac"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A set of policy defaults, and the tests for it."""

    regex: str  # the tests
    policy: str = ""  # section of barbican.conf; blank: the defaults
    enforced: bool  # whether the plug-in's tests of the new roles apply
    roles: str = ""  # given to the users that the plug-in makes
    excluded: tuple[str, ...] = ()  # of the tests, those that ask for what these defaults forbid
    fewest: int  # tests that pass where all is well: fewer means that some were lost


_LEGACY: Final = "[oslo_policy]\nenforce_scope = false\nenforce_new_defaults = false\n"

# The plug-in has its tests.rbac for the new roles. A member counts as a creator, so most of them hold under
# the legacy defaults as well. These do not.
_FORBIDDEN_BY_LEGACY: Final = (
    # The legacy set knows no role "reader".
    r"test_quotas\.ProjectReaderTests\.test_get_effective_project_quota",
    r"test_secret_stores\.ProjectReaderTests",
    r"test_transport_keys\.ProjectReaderTests\.test_list_transport_keys",
    # Quotas and transport keys are a service admin's.
    r"test_quotas\.ProjectAdminTests\.test_\w+_custom_quota_for_",
    r"test_quotas\.ProjectAdminTests\.test_set_new_quota_for_",
    r"test_quotas\.ProjectAdminTests\.test_list_project_quotas",
    r"test_transport_keys\.ProjectAdminTests\.test_create_transport_key",
    # An admin stays out of other projects.
    r"test_secrets\.ProjectAdminTests\.test_(get|delete)_other_project_secret",
    # Only an admin deletes orders, and these tests tidy up as a member.
    r"rbac\.v1\.test_orders",
)

RUNS: Final = {
    "new": Run(regex=f"{_API}|{_RBAC}", enforced=True, fewest=322),  # as installed
    "legacy-api": Run(regex=_API, policy=_LEGACY, enforced=False, roles="creator", fewest=13),
    "legacy-rbac": Run(regex=_RBAC, policy=_LEGACY, enforced=True, excluded=_FORBIDDEN_BY_LEGACY, fewest=272),
}

# One store, but offered as if there were more: the plug-in asks for its routes.
_STORES: Final = """\
[secretstore]
enable_multiple_secret_stores = true
stores_lookup_suffix = software
[secretstore:software]
secret_store_plugin = store_crypto
crypto_plugin = simple_crypto
global_default = true
"""

_CONF: Final = """\
[DEFAULT]
log_file = tempest.log
[oslo_concurrency]
lock_path = {folder}/lock
[auth]
use_dynamic_credentials = true
create_isolated_networks = false
admin_username = {admin.name}
admin_password = {admin.password}
admin_project_name = {admin.project}
admin_domain_name = Default
admin_system = all
tempest_roles = {roles}
[identity]
uri_v3 = {url}
auth_version = v3
region = {region}
v3_endpoint_type = public
[identity-feature-enabled]
api_v2 = false
[service_available]
barbican = true
nova = false
glance = false
cinder = false
neutron = false
swift = false
horizon = false
[enforce_scope]
barbican = {enforced}
[barbican_tempest]
enable_multiple_secret_stores = true
[key_manager]
region = {region}
min_microversion = 1.0
max_microversion = latest
"""


def main() -> int:
    """Run what the command line asks for."""
    options = _parse()
    begun = time.monotonic()
    environments.environment("tempest")
    folder = Path(tempfile.mkdtemp(prefix="barbican-tempest-"))
    _say(f"logs: {folder}; preparation of Keystone and tempest next")
    good = True
    with keystone.running(folder / "keystone") as identity:
        for name in options.run or RUNS:
            good &= _run(folder, name, identity, options)
    _say(f"{'all is well' if good else 'NOT all is well'} after {time.monotonic() - begun:.0f} s")
    if good:
        shutil.rmtree(folder)
    return 0 if good else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.tempest.run", description="Run barbican-tempest-plugin.")
    parser.add_argument("--run", action="append", choices=RUNS, help="one of the runs (all)")
    parser.add_argument("--regex", help="which tests (all of tests.api and tests.rbac)")
    parser.add_argument("--concurrency", type=int, default=2, help="tests at once (2)")
    return parser.parse_args()


def _run(folder: Path, name: str, identity: Keystone, options: argparse.Namespace) -> bool:
    """One run: its own server, and every test."""
    run = RUNS[name]
    work = folder / name
    work.mkdir()
    configuration = identity.middleware_conf(http_connect_timeout=60) + _STORES + run.policy
    words = ["--concurrency", str(options.concurrency), "--regex", options.regex or run.regex]
    if run.excluded:
        words += ["--exclude-regex", "|".join(run.excluded)]
    begun = time.monotonic()
    with instance.running(work, configuration, "--auth", "keystone") as server:
        identity.offer(server.endpoint)
        output = _tempest(work, _tempest_conf(work, identity, run), words)
    return _judge(name, output, 1 if options.regex else run.fewest, begun)


def _tempest_conf(work: Path, identity: Keystone, run: Run) -> str:
    return _CONF.format(
        folder=work,
        admin=ADMIN,
        roles=run.roles,
        url=identity.url,
        region=REGION,
        enforced=run.enforced,
    )


def _tempest(work: Path, configuration: str, words: list[str]) -> Path:
    """Run the tests in a workspace of their own; where they have written what they found."""
    home, workspace = work / "home", work / "workspace"
    home.mkdir()
    tools = environments.environment("tempest") / "bin"
    own = {name: value for name, value in os.environ.items() if not name.startswith(("OS_", "PYTHON"))}
    own |= {"HOME": str(home), "PATH": f"{tools}{os.pathsep}{own['PATH']}"}
    subprocess.run([tools / "tempest", "init", workspace], env=own, check=True, capture_output=True)
    (workspace / "etc" / "tempest.conf").write_text(configuration)
    output = work / "tempest.txt"
    with output.open("wb") as file:
        subprocess.run(
            [tools / "tempest", "run", *words], cwd=workspace, env=own, stdout=file, stderr=file, check=False
        )
    return output


def _judge(name: str, output: Path, fewest: int, begun: float) -> bool:
    """Tell the totals and what failed; whether all is well."""
    text = output.read_text(errors="replace")
    counts = {
        word: int(number) for word, number in re.findall(r"^ - (\w+(?: \w+)?): (\d+)$", text, re.MULTILINE)
    }
    passed, skipped = counts.get("Passed", 0), counts.get("Skipped", 0)
    bad = sum(counts.get(word, 0) for word in ("Failed", "Unexpected Success"))
    took = time.monotonic() - begun
    _say(f"{name}: {passed} passed, {skipped} skipped, {bad} failed in {took:.0f} s")
    for reason in sorted(set(re.findall(r"SKIPPED: (.*)", text))):
        _say(f"  skipped: {reason}")
    for line in re.findall(r"^.*\.\.\. FAILED$", text, re.MULTILINE):
        _say(f"  {line}")
    if passed >= fewest and not bad:
        return True
    _say(f"  at least {fewest} had to pass and none to fail; the end of {output}:\n{text[-4000:]}")
    return False


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
