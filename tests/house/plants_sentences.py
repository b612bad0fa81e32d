"""Plants for what people read."""

from tests.house.plant import bites, spares
from tests.house.sentences import check_refusals_speak, check_words_in_both_languages

RULES = "services/trade/ticket/rules.py"


def _refusal(code: str, words: str = "Words('多付。', 'Overpaid.')") -> str:
    return f"class Overpaid(Refusal):\n    code = {code}\n    words = {words}"


PLANTS = (
    bites(check_words_in_both_languages, RULES, "Words('Overpaid.', 'Overpaid.')"),
    bites(check_words_in_both_languages, RULES, "Words('多付。', '多付。')"),
    bites(check_words_in_both_languages, RULES, "Words('多付。', '')"),
    bites(check_words_in_both_languages, RULES, "Words('多付。')"),
    bites(check_words_in_both_languages, RULES, "Words('多付。', english)"),
    bites(check_words_in_both_languages, RULES, "Words('多付 {over_fen}。', 'Overpaid by {fen}.')"),
    spares(check_words_in_both_languages, RULES, "Words('多付 {fen}。', 'Overpaid by {fen}.')"),
    bites(check_words_in_both_languages, RULES, "Words('多付。', 5)"),
    bites(check_words_in_both_languages, RULES, "Words('多付。', 'Overpaid.', language)"),
    spares(check_words_in_both_languages, RULES, "text.Words('a')\nSentence('a')"),
    spares(check_words_in_both_languages, RULES, "Words(zh='多付。', en='Overpaid.')"),
    spares(check_words_in_both_languages, "tests/rules/test_words.py", "Words('a', 'b')"),
    bites(check_refusals_speak, RULES, "class Overpaid(Refusal):\n    code = 'trade.overpaid'"),
    bites(check_refusals_speak, RULES, "class Overpaid(errors.Refusal): ..."),
    bites(check_refusals_speak, RULES, _refusal("'overpaid'")),
    bites(check_refusals_speak, RULES, _refusal("'member.overpaid'")),
    bites(check_refusals_speak, RULES, _refusal("'trade.Overpaid'")),
    spares(check_refusals_speak, RULES, _refusal("'trade.overpaid'")),
    spares(check_refusals_speak, "shared/errors.py", _refusal("'overpaid'")),
    spares(check_refusals_speak, "tests/services/test_http.py", "class Overpaid(Refusal): ..."),
    spares(check_refusals_speak, RULES, "class Overpaid(NotFound): ..."),
)
