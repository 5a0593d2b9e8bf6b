"""What our code never does, and what it always has."""

import ast
from collections.abc import Iterator

from tests.house.tree import Source

#: Files in which a broad `except` stands at a named boundary, and what that boundary is.
BOUNDARIES: dict[str, str] = {
    "barbican_like/activity/live/streams.py": "an answer that has begun can only be broken off, and logged",
    "barbican_like/activity/live/websocket.py": "a watch that fails is logged and its client told (1011)",
    "barbican_like/activity/live/pump.py": "the pump must outlive a lost database",
    "barbican_like/common/background.py": "the rounds must outlive a lost database",
    "barbican_like/common/breakable.py": "why a connection was not made is raised to who waits for it",
    "barbican_like/contexts/host.py": "whatever a user's task raises is its failure, told to the supervisor",
    "barbican_like/contexts/surroundings.py": "whatever on_message raises is the task's failure",
    "barbican_like/http/controller.py": "every error becomes one mapped answer",
    "barbican_like/http/edge/adapter.py": "whatever the application raised becomes one answer",
    "barbican_like/http/edge/waiting.py": "whoever waits is answered all the same",
    "barbican_like/http/middleware/keystone.py": "an answer of Keystone that is none breaks its library",
    "barbican_like/model/writer_lock.py": "gives the lock back whatever happened, and raises that again",
    "barbican_like/queue/claims.py": "forgets claims that were not committed, and raises that again",
    "barbican_like/queue/lanes.py": "a thread of a lane must live on; the task's row is still there",
    "barbican_like/queue/leases.py": "the lease must outlive a lost database",
    "barbican_like/queue/sweeper.py": "the sweep must outlive a lost database",
    "barbican_like/queue/task.py": "whatever a task raised becomes a retry or an end, in a fresh transaction",
    "barbican_like/queue/transport/rpc.py": "whatever the broker's driver raises, the sweep serves the task",
    "barbican_like/workqueue/http/checking.py": "what a library raises is what the check has found",
    "barbican_like/workqueue/protocols/file.py": "closes what it has opened, and raises that again",
    "barbican_like/workqueue/protocols/pipe.py": "what a request has failed with is raised to who feeds it",
    "barbican_like/workqueue/protocols/sftp.py": "closes what it has opened, and raises that again",
    "barbican_like/workqueue/work/copying.py": "closes what it has opened, and raises that again",
    "barbican_like/workqueue/work/heart.py": "the heart must outlive a lost database",
    "barbican_like/workqueue/work/sweeping.py": "an element has ended, whatever comes of its parts",
    "barbican_like/workqueue/work/working.py": "what a library raises is the failure of one element",
}

FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "shelve", "marshal", "telnetlib", "pexpect"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "subprocess.getoutput"}
SLEEPS = {"time.sleep", "asyncio.sleep"}


def imports_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported: `from time import sleep` gives `time.sleep`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def calls_of(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the called name as it would read in full, local import names resolved."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update({alias.asname or alias.name: alias.name for alias in node.names})
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            head, dot, rest = ast.unparse(node.func).partition(".")
            yield node, names.get(head, head) + dot + rest


def is_broad(node: ast.AST) -> bool:
    """True for `except:`, `except Exception`, `except BaseException` and `suppress(Exception)`."""
    if isinstance(node, ast.ExceptHandler):
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        return any(one is None or ast.unparse(one) in {"Exception", "BaseException"} for one in caught)
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
        return any(ast.unparse(argument) in {"Exception", "BaseException"} for argument in node.args)
    return False


def test_every_module_has_a_docstring(sources: list[Source]) -> None:
    """Each Python file says first what it is for (an empty one is exempt)."""
    assert [s.name for s in sources if s.tree.body and not ast.get_docstring(s.tree)] == []


def test_tests_never_sleep(sources: list[Source]) -> None:
    """A test waits on signals and conditions, never for a length of time."""
    found = [
        f"{source.name}:{call.lineno}"
        for source in sources
        if source.is_test
        for call, name in calls_of(source.tree)
        if name in SLEEPS
    ]
    assert found == []


def test_nothing_is_unpickled_or_evaluated(sources: list[Source]) -> None:
    """No pickle, no eval, no exec, in the package or around it: data never becomes code."""
    found = [
        f"{source.name}:{line} import {name}"
        for source in sources
        for line, name in imports_of(source.tree)
        if name.partition(".")[0] in FORBIDDEN_MODULES
    ]
    found += [
        f"{source.name}:{call.lineno} {name}"
        for source in sources
        for call, name in calls_of(source.tree)
        if name in FORBIDDEN_CALLS
    ]
    assert found == []


def test_no_command_goes_through_a_shell(sources: list[Source]) -> None:
    """Programs are started with a list of arguments; `shell=` appears nowhere."""
    found = [
        f"{source.name}:{call.lineno}"
        for source in sources
        for call, _ in calls_of(source.tree)
        if any(word.arg == "shell" for word in call.keywords)
    ]
    assert found == []


def test_broad_excepts_stand_only_at_named_boundaries(package_sources: list[Source]) -> None:
    """Catching everything is allowed in the listed files only, and each listed file still does it."""
    found = {
        source.name: [node.lineno for node in ast.walk(source.tree) if is_broad(node)]
        for source in package_sources
    }
    broad = {name: lines for name, lines in found.items() if lines}
    assert broad.keys() == BOUNDARIES.keys(), broad
    assert all(reason for reason in BOUNDARIES.values())
