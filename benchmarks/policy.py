"""What one decision of the policy costs: compiled, remembered by oslo.policy's answers, and asked anew."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from types import SimpleNamespace

from barbican_like import rooms
from barbican_like.http.context import RequestContext
from barbican_like.http.policy import Policy, Target
from barbican_like.http.policy.enforcer import build_enforcer
from barbican_like.http.policy.terms import credentials_mapping, target_mapping

ASKED = ("user_id", "project_id", "roles", "domain_id", "user_domain_id", "project_domain_id", "system_scope")
CALLERS = (("admin",), ("creator",), ("member", "reader"))
RULES = {"secret:decrypt": "secret", "secret:get": "secret", "order:get": "order", "secrets:get": None}
ROUNDS = 9


def best(work: Callable[[], object], times: int) -> float:
    """Microseconds of the processor for one call, the best of some rounds."""
    found = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(times):
            work()
        found.append((time.process_time() - begun) / times * 1e6)
    return min(found)


def main() -> None:
    """Print a line for each rule and caller."""
    argparse.ArgumentParser(prog="python -m benchmarks.policy", description=__doc__).parse_args()
    conf = rooms.load([])
    policies = rooms.policies()
    compiled = Policy.from_config(conf, policies)
    enforcer = build_enforcer(conf, policies.rules)
    enforcer.load_rules()
    enforcer.use_conf = False  # no look at the files
    identity_of = attrgetter(*ASKED)

    def ask(rule: str, identity: tuple[object, ...], target: Target | None) -> bool:
        caller = SimpleNamespace(**dict(zip(ASKED, identity, strict=True)), is_admin=False)
        return bool(enforcer.enforce(rule, target_mapping(target), credentials_mapping(caller)))

    remembered = lru_cache(maxsize=8_192)(ask)
    print(f"{'rule':<16}{'roles':<16}{'compiled':>10}{'remembered':>12}{'asked anew':>12}  us")
    for rule, kind in RULES.items():
        target = None if kind is None else Target(kind=kind, project_id="p" * 32, creator_id="u" * 32)
        for roles in CALLERS:
            caller = RequestContext(
                request_id="r", project_id="p" * 32, user_id="u" * 32, roles=frozenset(roles)
            )
            costs = (
                best(lambda: compiled.permits(rule, caller, target), 20_000),  # noqa: B023  called at once
                best(lambda: remembered(rule, identity_of(caller), target), 20_000),  # noqa: B023
                best(lambda: ask(rule, identity_of(caller), target), 200),  # noqa: B023
            )
            print(f"{rule:<16}{','.join(roles):<16}{costs[0]:>10.2f}{costs[1]:>12.2f}{costs[2]:>12.0f}")


if __name__ == "__main__":
    main()
