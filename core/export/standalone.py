"""One file out of several modules: a script with the very lines that it uses from `core`, and no import of it."""

import ast
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
Statement = ast.stmt


@dataclass(frozen=True, slots=True)
class Module:
    """A module's text, and where each of its names comes from."""

    lines: list[str]
    tree: ast.Module
    defined: dict[str, Statement] = field(default_factory=dict)              # names of its own
    imported: dict[str, tuple[str | None, str]] = field(default_factory=dict)  # name to (module, name there)


def standalone(name: str) -> str:
    """The module `name` as a script: its whole text, below the lines of `core` that it reaches.

    Definitions stand as they were written, each room's in their order, those first that others build upon.
    """
    assembly = _Assembly()
    main = assembly.module(name)
    for used in (*main.defined, *_names(main.tree)):
        assembly.reach(name, used)
    docstring, *body = main.tree.body
    script = _text(main, docstring) + "\n\n" + _imports(assembly.outside)
    for module in assembly.modules:          # in the order in which they were finished: the deepest first
        if module != name:
            script += _texts(assembly.module(module), assembly.taken(module))
    return script + _texts(main, [one for one in body if not isinstance(one, ast.Import | ast.ImportFrom)])


class _Assembly:
    """The definitions reached so far."""

    def __init__(self) -> None:
        self._read: dict[str, Module] = {}
        self._taken: dict[str, dict[str, Statement]] = {}
        self._owners: dict[str, str] = {}            # name to the module that it is taken from
        self.modules: list[str] = []
        self.outside: set[tuple[str, str]] = set()   # ("import", "json") or ("from pathlib import", "Path")

    def module(self, name: str) -> Module:
        if name not in self._read:
            self._read[name] = _read(name)
        return self._read[name]

    def taken(self, name: str) -> list[Statement]:
        return [statement for statement in self.module(name).tree.body
                if statement in self._taken.get(name, {}).values()]

    def reach(self, module: str, name: str) -> None:
        """Take along what `name` means in the module, and what that needs. Built-in names mean nothing here."""
        there = self.module(module)
        if name in there.imported:
            source, original = there.imported[name]
            if source is not None and source.split(".")[0] == "core":
                assert name == original, f"{module} renames {original}, which a single file cannot"
                self.reach(source, original)
            else:
                renamed = f"{original} as {name}" if name != original else original
                self.outside.add((f"from {source} import" if source else "import", renamed))
        elif name in there.defined and name not in self._taken.setdefault(module, {}):
            owner = self._owners.setdefault(name, module)
            assert owner == module, f"{owner} and {module} both have {name}, which a single file cannot"
            self._taken[module][name] = there.defined[name]
            for needed in _names(there.defined[name]):
                self.reach(module, needed)
            if module not in self.modules:
                self.modules.append(module)


def _read(name: str) -> Module:
    text = (ROOT / Path(*name.split("."))).with_suffix(".py").read_text(encoding="utf-8")
    module = Module(text.splitlines(), ast.parse(text))
    for statement in module.tree.body:
        match statement:
            case ast.Import(names=names):
                module.imported.update({one.asname or one.name.split(".")[0]: (None, one.name) for one in names})
            case ast.ImportFrom(module=source, names=names):
                module.imported.update({one.asname or one.name: (source, one.name) for one in names})
            case ast.ClassDef(name=defined) | ast.FunctionDef(name=defined):
                module.defined[defined] = statement
            case ast.Assign(targets=targets):
                module.defined.update(dict.fromkeys(_names(*targets), statement))
            case ast.AnnAssign(target=target):
                module.defined.update(dict.fromkeys(_names(target), statement))
    return module


def _names(*trees: ast.AST) -> list[str]:
    """Every name that is spoken of, once, in order."""
    return list(dict.fromkeys(node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)))


def _imports(outside: set[tuple[str, str]]) -> str:
    """Plain imports one a line, then a line a module."""
    plain = [f"import {name}\n" for head, name in sorted(outside) if head == "import"]
    heads = sorted({head for head, _ in outside} - {"import"})
    return "".join(plain + [f"{head} {', '.join(sorted(name for one, name in outside if one == head))}\n"
                            for head in heads])


def _texts(module: Module, statements: list[Statement]) -> str:
    """The statements one below the other: constants together, all else two lines apart."""
    script, before = "", None
    for statement in statements:
        together = isinstance(before, ast.Assign) and isinstance(statement, ast.Assign)
        script += ("" if together else "\n\n") + _text(module, statement) + "\n"
        before = statement
    return script


def _text(module: Module, statement: Statement) -> str:
    """The statement's lines as they stand, with the comments directly above."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(decorator.lineno for decorator in decorators)]) - 1
    while first and module.lines[first - 1].startswith("#"):
        first -= 1
    return "\n".join(module.lines[first:statement.end_lineno])
