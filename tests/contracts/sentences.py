"""Finds the sentences for people in the code itself, `{}` where it puts a value in."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Place:
    """Where words for people stand in a call, and what the function puts around them."""

    at: int | str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Function:
    """A function or class: what it is made of, and what its names may stand for."""

    nodes: list[ast.AST]
    values: dict[str, list[ast.expr]]

    @classmethod
    def read(cls, node: ast.FunctionDef | ast.ClassDef) -> Function:
        # the methods of a class are functions of their own
        nodes = list(ast.walk(node)) if isinstance(node, ast.FunctionDef) else list(node.body)
        values: dict[str, list[ast.expr]] = defaultdict(list)
        for each in nodes:
            targets: list[ast.expr] = getattr(
                each, "targets", [getattr(each, "target", ast.Pass())]
            )
            value: ast.expr | None = getattr(each, "value", None)
            for target in targets if value is not None else ():
                if isinstance(target, ast.Subscript):
                    target = target.value
                if isinstance(target, ast.Name):
                    values[target.id].append(value)
        return cls(nodes, values)


class Code:
    """Source files, and where in their calls words for people stand.

    of_rules: triples of field, rule and words are said to people too, and pairs of rule and words.
    """

    def __init__(
        self, paths: Iterable[Path], places: Mapping[str, Place], *, of_rules: bool = True
    ) -> None:
        self.trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(paths)]
        self.places, self.of_rules = places, of_rules

    def sentences(self) -> set[str]:
        """Whatever its functions say to people."""
        return {
            said
            for tree in self.trees
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            for said in self.said_in(Function.read(node))
        }

    def classes_under(self, bases: set[str]) -> set[str]:
        return {
            node.name
            for tree in self.trees
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
            if {getattr(base, "id", "") for base in node.bases} & bases
        }

    def said_in(self, function: Function) -> Iterator[str]:
        """The sentences for people that are said in it."""
        for node in function.nodes:
            if isinstance(node, ast.Call):
                yield from self._called(node, function)
            elif not self.of_rules:
                continue
            elif isinstance(node, ast.Tuple) and len(node.elts) == 3:  # field, rule and words
                yield from filter(_is_sentence, self._sentences(node.elts[2], function))
            elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
                parts = node.value.elts
                if len(parts) == 2 and isinstance(parts[0], ast.Constant):  # rule and words
                    yield from filter(_is_sentence, self._sentences(parts[1], function))
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "default_detail":
                yield from self._sentences(node.value, function)

    def _called(self, node: ast.Call, function: Function) -> Iterator[str]:
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        place = self.places.get(name)
        if name == "__init__" and node.args and isinstance(node.args[0], ast.Constant):
            place = Place(1)  # of a refusal with words of its own
        if place is None:
            return
        if isinstance(place.at, int):
            words = node.args[place.at : place.at + 1]
        else:
            words = [each.value for each in node.keywords if each.arg == place.at]
        for said in (said for each in words for said in self._sentences(each, function)):
            if re.search("[a-z]", said.replace("\n", "")):
                yield place.before + said + place.after

    def _sentences(self, node: ast.AST, function: Function, deep: int = 4) -> Iterator[str]:
        """What the expression may say."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
            for part in node.values:  # a reason within the sentence
                if isinstance(part, ast.FormattedValue) and deep:
                    yield from filter(_is_sentence, self._sentences(part.value, function, deep - 1))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and deep:
            sides = [
                list(self._sentences(side, function, deep - 1)) or ["{}"]
                for side in (node.left, node.right)
            ]
            yield from map("".join, product(*sides))
        for further, where in self._further(node, function) if deep else ():
            yield from self._sentences(further, where, deep - 1)

    def _further(self, node: ast.AST, function: Function) -> Iterator[tuple[ast.AST, Function]]:
        """What an expression says by others: branches, parts, names, and answers of functions."""
        parts: list[ast.expr] = []
        if isinstance(node, ast.IfExp):
            parts = [node.body, node.orelse]
        elif isinstance(node, ast.BoolOp | ast.Dict):
            parts = node.values
        elif isinstance(node, ast.List | ast.Tuple):
            parts = node.elts
        elif isinstance(node, ast.DictComp):
            parts = [node.value]
        elif isinstance(node, ast.Name):
            parts = function.values.get(node.id, [])
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            yield from ((value, where) for where, value in self._answers.get(name, []))
        yield from ((part, function) for part in parts)

    @cached_property
    def _answers(self) -> dict[str, list[tuple[Function, ast.expr]]]:
        """What functions give back, by their names: words are made in one and said in another."""
        found = defaultdict(list)
        for tree in self.trees:
            for node in ast.walk(tree):
                if not isinstance(node, ast.FunctionDef) or not _gives_words(node):
                    continue
                function = Function.read(node)
                for each in function.nodes:
                    if isinstance(each, ast.Return) and each.value is not None:
                        found[node.name].append((function, each.value))
        return found


def _gives_words(node: ast.FunctionDef) -> bool:
    return node.returns is not None and "str" in ast.unparse(node.returns)


def _is_sentence(words: str) -> bool:
    """And no name or code."""
    return re.search(r"[a-z]{2,}[^ ]* .*[a-z]{2,}", words) is not None
