"""The list of all checks: what runs over every Python file, over the tree as a whole, over every text."""

from collections.abc import Callable, Sequence

from tests.house import banned, budgets, names, places, sentences, text, units
from tests.house.source import Finding, Source

Check = Callable[[Source], list[Finding]]
TreeCheck = Callable[[Sequence[Source]], list[Finding]]

PYTHON_CHECKS: tuple[Check, ...] = (
    budgets.check_function_length,
    budgets.check_file_length,
    budgets.check_parameters,
    budgets.check_nesting,
    banned.check_imports_on_top,
    banned.check_suppressions,
    banned.check_no_catch_all,
    banned.check_no_wall_clock,
    banned.check_no_print,
    banned.check_no_mutable_globals,
    banned.check_no_flags,
    units.check_no_float_near_money,
    units.check_amounts_end_with_their_unit,
    units.check_times_end_at_and_days_on,
    names.check_module_names,
    names.check_words_never_alone,
    names.check_module_docstring,
    names.check_service_introduces_itself,
    names.check_tests_are_sentences,
    places.check_service_files,
    places.check_libraries,
    places.check_no_hidden_import,
    places.check_checker_stands_alone,
    text.check_no_select_star,
    text.check_sql_lives_in_queries,
    sentences.check_words_in_both_languages,
    sentences.check_refusals_speak,
)
TREE_CHECKS: tuple[TreeCheck, ...] = (places.check_one_file_of_shared, sentences.check_codes_differ)
TEXT_CHECKS: tuple[Check, ...] = (text.check_no_machine_path, text.check_no_registry)
