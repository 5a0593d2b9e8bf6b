"""Places of the code that repeat each other: runs of statements with one shape.

A shape keeps which attributes and methods are used, and blanks the names of variables and the values of
constants. Places that overlap or go on are one place.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Final

STATEMENTS: Final = 3  # least length of a run
NODES: Final = 30  # least size of its syntax tree: three short lines say nothing


def repeated_pairs(trees: Iterable[ast.Module]) -> int:
    """How many pairs of places repeat each other."""
    places = defaultdict(list)
    for number, block in enumerate(_blocks(trees)):
        shapes = [_shape(statement) for statement in block]
        for start in range(len(block) - STATEMENTS + 1):
            run = block[start : start + STATEMENTS]
            if sum(1 for statement in run for _ in ast.walk(statement)) >= NODES:
                places[tuple(shapes[start : start + STATEMENTS])].append((number, start))
    pairs = {
        (one, other, start - begin)
        for found in places.values()
        for (one, begin), (other, start) in combinations(found, 2)
    }
    return len(pairs)


def _blocks(trees: Iterable[ast.Module]) -> Iterator[list[ast.stmt]]:
    """Every run of statements inside a function, docstrings left out."""
    for tree in trees:
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                for field in ("body", "orelse", "finalbody"):
                    block = getattr(node, field, None)
                    if isinstance(block, list):
                        yield [statement for statement in block if not _is_text(statement)]


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _shape(node: ast.AST) -> str:
    """The syntax tree as text without the names of variables and the values of constants."""
    parts = [type(node).__name__]
    if isinstance(node, ast.Attribute):
        parts.append(node.attr)
    parts += [
        _shape(child) for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr_context)
    ]
    return f"({' '.join(parts)})"
