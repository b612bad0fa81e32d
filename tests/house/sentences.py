"""What people read: every sentence in both languages, every refusal with a code of its own."""

import ast
import re
import string
from collections.abc import Iterator, Sequence

from tests.house.source import Finding, Source

CHINESE = re.compile(r"[\u4e00-\u9fff]")
CODE = re.compile(r"[a-z][a-z_]*(?:\.[a-z][a-z_]*)?")


def check_words_in_both_languages(source: Source) -> list[Finding]:
    """`Words` holds the same sentence in Chinese and in English, filled with the same facts."""
    if source.within("tests"):
        return []
    return [
        source.finding(call, rule, "write Words(Chinese, English) out, both with the same {names}")
        for call in source.every(ast.Call)
        if isinstance(call.func, ast.Name) and call.func.id == "Words" and (rule := _fault(call))
    ]


def check_refusals_speak(source: Source) -> list[Finding]:
    """A refusal has a code the till switches on, named after its service, and words to act on."""
    findings = []
    for refusal in _refusals(source):
        given = _constants(refusal)
        missing = [name for name in ("code", "words") if name not in given]
        if missing:
            rule = f"the refusal {refusal.name} has no {' and no '.join(missing)}"
            findings.append(source.finding(refusal, rule, "say it beside the rule, in both languages"))
        elif not _is_code(given["code"], source):
            mend = "lower case, `<service>.<what is wrong>`, as in `trade.overpaid`"
            findings.append(source.finding(refusal, f"the code of {refusal.name} is not ours", mend))
    return findings


def check_codes_differ(sources: Sequence[Source]) -> list[Finding]:
    """No two refusals share a code."""
    findings = []
    owners: dict[str, Source] = {}
    for source, code in [pair for each in sources for pair in _codes(each)]:
        text = str(code.value)
        if text in owners:
            mend = f"{owners[text].path} has it: share the class or say what differs"
            findings.append(source.finding(code, f"the code `{text}` is taken", mend))
        owners.setdefault(text, source)
    return findings


def _codes(source: Source) -> Iterator[tuple[Source, ast.Constant]]:
    for owner in () if source.within("tests") else source.every(ast.ClassDef):
        code = _constants(owner).get("code")
        if owner.bases and isinstance(code, ast.Constant):
            yield source, code


def _fault(call: ast.Call) -> str | None:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    texts = [part.value for part in given if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if len(texts) != 2 or len(given) != 2:
        return "words are not two plain sentences"
    chinese, english = texts
    if not CHINESE.search(chinese) or CHINESE.search(english) or not english.strip():
        return "words are not Chinese, then English"
    if _facts(chinese) != _facts(english):
        return f"the languages tell different facts ({sorted(_facts(chinese) ^ _facts(english))})"
    return None


def _facts(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def _refusals(source: Source) -> Iterator[ast.ClassDef]:
    for owner in source.every(ast.ClassDef):
        if not source.within("tests") and any(ast.unparse(base).endswith("Refusal") for base in owner.bases):
            yield owner


def _constants(owner: ast.ClassDef) -> dict[str, ast.expr]:
    return {
        target.id: statement.value
        for statement in owner.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _is_code(value: ast.expr, source: Source) -> bool:
    if not isinstance(value, ast.Constant) or not CODE.fullmatch(str(value.value)):
        return False
    return not source.within("services") or str(value.value).partition(".")[0] == source.path.parts[1]
