"""How PostgreSQL says what is written for SQLite: statements, tables, types. Loaded for a server only."""

from typing import Any, cast

from sqlalchemy import ColumnClause, ColumnElement, Dialect, Integer, Select, TableValuedAlias, Text, Tuple
from sqlalchemy.dialects.postgresql.base import PGDDLCompiler, PGTypeCompiler
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg
from sqlalchemy.sql.visitors import iterate


def adapt(dialect: Dialect) -> None:
    """What is compiled for this engine is written our way."""
    ours = cast("Any", dialect)
    ours.statement_compiler, ours.ddl_compiler = _Statements, _Tables
    ours.type_compiler_instance = ours.type_compiler = _Types(dialect)


class _Statements(PGCompiler_psycopg):
    """What `dialect` writes for SQLite, in PostgreSQL's words. Lists are typed as what they are compared with."""

    def visit_json_each_func(self, function: Any, **given: Any) -> str:
        """The texts of a list, as a table."""
        return f"jsonb_array_elements_text({self._listed(function, given)})"

    def visit_max_func(self, function: Any, **given: Any) -> str:
        return self._of_row("greatest", function, given)

    def visit_min_func(self, function: Any, **given: Any) -> str:
        return self._of_row("least", function, given)

    def _on_conflict_target(self, clause: Any, **given: Any) -> str:
        """SQLite's own clause names columns, and no constraint."""
        names = [self.preparer.quote(getattr(each, "name", each)) for each in clause.inferred_target_elements or ()]
        return f"({', '.join(names)})" if names else ""

    def visit_in_op_binary(self, binary: Any, operator: Any, **given: Any) -> str:
        return self._within(binary, given) or self._generate_generic_binary(binary, " IN ", **given)

    def visit_not_in_op_binary(self, binary: Any, operator: Any, **given: Any) -> str:
        found = self._within(binary, given)
        if found:
            return f"(NOT {found})"
        if _has_no_null(binary.left) and _has_no_null(_select_of(binary.right)):
            return self._anti_join(binary, given)
        return str(super().visit_not_in_op_binary(binary, operator, **given))  # type: ignore[no-untyped-call]

    def _anti_join(self, binary: Any, given: dict[str, Any]) -> str:
        """Whether no row of a select equals the value, or the values. `NOT IN` goes through all of its rows for each
        value once they are more than fit into `work_mem`; this is joined. It says the same where nothing is NULL."""
        count = len(binary.left.clauses) if isinstance(binary.left, Tuple) else 1
        names = ", ".join(f"value_{place}" for place in range(count))
        rows, left = self.process(_select_of(binary.right), **given), self.process(binary.left, **given)
        values = f"({names})" if count > 1 else names
        return f"(NOT EXISTS (SELECT FROM ({rows}) AS each_ ({names}) WHERE {left} = {values}))"

    def _within(self, binary: Any, given: dict[str, Any]) -> str:
        """Whether columns have one of the values of a list; "" where they are compared with something else."""
        function = _list_of(binary.right)
        if function is None:
            return self._among_few(binary, given)
        listed, left = self._listed(function, given), self.process(binary.left, **given)
        if isinstance(binary.left, Tuple):
            each = [self._cast(f"value ->> {place}", column.type) for place, column in enumerate(binary.left.clauses)]
            return f"{left} IN (SELECT {', '.join(each)} FROM jsonb_array_elements({listed}))"  # noqa: S608
        each_ = f"SELECT {self._cast('value', binary.left.type)} FROM jsonb_array_elements_text({listed})"  # noqa: S608
        return f"{left} = ANY (ARRAY({each_}))"

    def _among_few(self, binary: Any, given: dict[str, Any]) -> str:
        """Whether a column has a value of a select that has a limit: `IN` would look at each row of the table, and
        select anew for it; an array is looked for by the index."""
        right = _select_of(binary.right)
        if isinstance(binary.left, Tuple) or not isinstance(right, Select) or right._limit_clause is None:  # noqa: SLF001
            return ""
        return f"{self.process(binary.left, **given)} = ANY (ARRAY({self.process(right, **given)}))"

    def _cast(self, text_: str, kind: Any) -> str:
        return f"CAST({text_} AS {self.dialect.type_compiler_instance.process(kind)})"

    def _listed(self, function: Any, given: dict[str, Any]) -> str:
        (values,) = function.clauses
        return f"CAST({self.process(values, **given)} AS JSONB)"

    def _of_row(self, name: str, function: Any, given: dict[str, Any]) -> str:
        """Of one row it is NULL where any value is, as SQLite's; an aggregate has one argument."""
        values: str = self.function_argspec(function, **given)
        if len(function.clauses) == 1:
            return f"{function.name}{values}"
        return f"CASE WHEN num_nulls{values} = 0 THEN {name}{values} END"


def _has_no_null(value: Any) -> bool:
    """Whether a value, or each column of a select, is made of columns alone that are never NULL."""
    if not isinstance(value, (Select, Tuple, ColumnElement)):
        return False
    parts = value.selected_columns if isinstance(value, Select) else [value]
    columns = [each for part in parts for each in iterate(part) if isinstance(each, ColumnClause)]
    return bool(columns) and not any(getattr(each, "nullable", True) for each in columns)


def _select_of(right: Any) -> Any:
    """What stands behind `in_`, without what is around it."""
    while not isinstance(right, Select) and hasattr(right, "element"):
        right = right.element
    return right


def _list_of(right: Any) -> Any:
    """The `json_each` of which it selects everything, None where it is something else."""
    right = _select_of(right)
    froms = right.get_final_froms() if isinstance(right, Select) else []
    if len(froms) != 1 or not isinstance(froms[0], TableValuedAlias):
        return None
    return froms[0].element if getattr(froms[0].element, "name", "") == "json_each" else None


class _Types(PGTypeCompiler):
    """A whole number has 64 bits, as SQLite's."""

    def visit_INTEGER(self, type_: Any, **_: Any) -> str:  # noqa: N802  SQLAlchemy's
        return "BIGINT"


class _Tables(PGDDLCompiler):
    """Text is compared byte by byte, as SQLite's is. Each row's own number has 64 bits.

    An index takes no text of more than 2,704 bytes. Rows that must differ as a whole, whatever customers named
    theirs, are told apart by the texts' sums. Partial indexes are stated in SQLite's words alone: to read PostgreSQL's
    SQLAlchemy loads all that it has for such servers.
    """

    def visit_create_index(self, create: Any, *given: Any, **named: Any) -> Any:
        of = create.element.dialect_options
        of["postgresql"]["where"] = of["sqlite"]["where"]
        return super().visit_create_index(create, *given, **named)  # type: ignore[no-untyped-call]

    def visit_unique_constraint(self, constraint: Any, **given: Any) -> Any:
        rest = [column for column in constraint.table.columns if column not in constraint.columns.values()]
        if not all(column.primary_key for column in rest):
            return super().visit_unique_constraint(constraint, **given)  # type: ignore[no-untyped-call]
        sums = (f"md5({name}::text) WITH =" for name in map(self.preparer.format_column, constraint.columns))
        return f"EXCLUDE USING btree ({', '.join(sums)})"

    def get_column_specification(self, column: Any, **given: Any) -> str:
        written: str = super().get_column_specification(column, **given)  # type: ignore[no-untyped-call]
        if isinstance(column.type, Text):
            return written.replace(" TEXT", ' TEXT COLLATE "C"', 1)
        return written.replace(" SERIAL", " BIGSERIAL", 1) if isinstance(column.type, Integer) else written
