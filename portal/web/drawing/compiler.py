"""Templates compiled to fewer calls than Jinja's own compiler makes of them; what they say is the same (ADR 97).

A list of thirty rows is some five thousand expressions. Jinja asks a function for each of them: one that reads an
attribute, one that calls, one that escapes, each of which asks others. Here the usual case of each stands in the
compiled template itself, and everything else goes Jinja's way.
"""

import re
from io import StringIO
from typing import Any

from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef, optimizeconst
from jinja2.environment import TemplateModule
from jinja2.idtracking import VAR_LOAD_ALIAS, VAR_LOAD_RESOLVE, VAR_LOAD_UNDEFINED
from jinja2.runtime import Context

_HELPERS = "from portal.web.drawing.runtime import DRAWN, Drawn, DrawnOnce, Markup"
_HELPERS += ", attribute, escape_text, html, marked, prepared"

_DOT = re.compile(r"(?<=\S)(\s+)·\s")
"""A dot between two things, with the space that a line may break at."""

ALWAYS_THE_SAME = {
    ("components/icon.html", "icon"),
    ("components/status.html", "badge"),
}
"""Macros that make the same of the same arguments in one language, and of few: what they made is kept."""


class Compiler(CodeGenerator):
    """Jinja's compiler, but for what a page does thousands of times."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        """A template, which knows the helpers."""
        self.writeline(_HELPERS)
        super().visit_Template(node, frame)

    def enter_frame(self, frame: Frame) -> None:
        """The names that a macro, a loop or a block takes from outside: looked up where they lie."""
        found = self.get_resolve_func()
        for target, (action, name) in frame.symbols.loads.items():
            if action == VAR_LOAD_RESOLVE and found == "resolve":
                lies = f"context.vars[{name!r}] if {name!r} in context.vars else context.parent.get({name!r}, missing)"
                self.writeline(f"{target} = {lies}")
            elif action == VAR_LOAD_RESOLVE:
                self.writeline(f"{target} = {found}({name!r})")
            elif action == VAR_LOAD_ALIAS:
                self.writeline(f"{target} = {name}")
            elif action == VAR_LOAD_UNDEFINED:
                self.writeline(f"{target} = missing")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        """What is shown: text is escaped by one call, and what is HTML already by none."""
        if isinstance(node, nodes.CondExpr) and node.expr2 is None:
            node.expr2 = nodes.Const("")  # `{{ "x" if y }}` shows nothing, without a value that says why
        if self._is_plain(frame, finalize):
            self.write("(escape_text(shown) if (shown := ")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        """The other end of `_output_child_pre`."""
        if self._is_plain(frame, finalize):
            self.write(").__class__ is str else shown if shown.__class__ is Markup else html(shown))")
        else:
            super()._output_child_post(node, frame, finalize)

    def _is_plain(self, frame: Frame, finalize: Any) -> bool:
        return bool(frame.eval_ctx.autoescape) and not frame.eval_ctx.volatile and finalize.src is None

    @optimizeconst
    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        """An attribute, read as Python reads it; what is none may be a key."""
        self.write("(found if (found := getattr((owner := ")
        self.visit(node.node, frame)
        self.write(f"), {node.attr!r}, missing)) is not missing else attribute(environment, owner, {node.attr!r}))")

    @optimizeconst
    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        """A call; a macro is called as it stands."""
        if isinstance(node.node, nodes.Name):
            ref = frame.symbols.ref(node.node.name)
            named = node.kwargs or node.dyn_args or node.dyn_kwargs or forward_caller
            how = ref if named else f"{ref}.by_place.get({len(node.args)}, {ref})"
            self.write(f"({how} if {ref}.__class__ in DRAWN else prepared(context, ")
        else:
            self.write("(prepared(context, ")
        self.visit(node.node, frame)
        self.write("))(")
        stream, self.stream = self.stream, StringIO()
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        arguments, self.stream = self.stream.getvalue(), stream
        self.write(f"{arguments.removeprefix(', ')})")

    def return_buffer_contents(self, frame: Frame, force_unescaped: bool = False) -> None:
        """The end of a macro or a block: a macro's is HTML at once, where Jinja marks it outside."""
        if force_unescaped and frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.writeline(f"return marked(Markup, concat({frame.buffer}))")
        else:
            super().return_buffer_contents(frame, force_unescaped)

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        """What a macro's name stands for."""
        arguments = tuple(argument.name for argument in macro_ref.node.args)
        name = getattr(macro_ref.node, "name", None)
        kind = "DrawnOnce" if (self.name, name) in ALWAYS_THE_SAME else "Drawn"
        self.write(
            f"{kind}(environment, macro, {name!r}, {arguments!r}, {macro_ref.accesses_kwargs!r},"
            f" {macro_ref.accesses_varargs!r}, {macro_ref.accesses_caller!r}, context.eval_ctx.autoescape)"
        )


class Drawing(Template):
    """A template that knows at once whether what it exports is still right for who imports it."""

    _imported_under: set[str] | None = None

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        if ctx is not None and self._module is not None and ctx.globals_keys == self._imported_under:
            return self._module
        module = super()._get_default_module(ctx)
        if ctx is not None and module is self._module:
            self._imported_under = ctx.globals_keys
        return module


class DrawingEnvironment(Environment):
    """Flask's environment with this compiler."""

    code_generator_class = Compiler
    template_class = Drawing

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        """The source, where a dot between two things stays with the first: no line begins with it on a phone."""
        return _DOT.sub("\N{NO-BREAK SPACE}·\\1", super().preprocess(source, name, filename))
