"""What setup.cfg offers to other programs is there."""

import configparser
from importlib import import_module
from pathlib import Path


def test_every_entry_point_names_something_that_can_be_called(root: Path) -> None:
    """Console scripts, oslo.config's options and oslo.policy's rules: each module and function exists."""
    parser = configparser.ConfigParser()
    parser.read(root / "setup.cfg")
    groups = dict(parser["options.entry_points"])
    assert {"console_scripts", "oslo.policy.policies", "oslo.policy.enforcer"} <= set(groups)
    for lines in groups.values():
        for line in lines.strip().splitlines():
            module, _, name = line.partition("=")[2].strip().partition(":")
            assert callable(getattr(import_module(module), name)), line
