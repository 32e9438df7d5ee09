"""Why a run failed, in plain words, and what else Acronis said of the error, cleaned: nothing raw is shown."""

from urllib.parse import quote

from bot.blocks.phrase import Foreign, Link, Phrase, Strong
from bot.blocks.text import code_words, plain, telling
from bot.errorbook.explain import clean, explain
from bot.model import Activity, Cause, Fault, Task

_WARNINGS = 3
_CODE = 100  # characters; a longer one is no code
_STEP = 200  # characters
_ADDRESS = "%/:?#&=+,;@!$()-._~"  # stays as it is in a link of the error book, which is percent-encoded already
_ARTICLE = "https://kb.acronis.com/errorcode/?ser="


def causes(item: Task | Activity) -> tuple[Phrase, ...]:
    """Why it failed or warned, one sentence each. No lines where nothing is known."""
    if item.result is None:
        return ()
    lines = [_cause("Cause:", item.result.error)] if item.result.error else []
    lines += [_cause("Warning:", fault) for fault in item.result.warnings[:_WARNINGS]]
    more = len(item.result.warnings) - _WARNINGS
    return (*lines, *(((f"and {more} more {'warning' if more == 1 else 'warnings'}",),) if more > 0 else ()))


def _cause(label: str, fault: Fault) -> Phrase:
    cause = explain(fault)
    text = code_words(cause.text)
    if not text:
        return (Strong(label), " Acronis gave none.")
    known = (" (", Foreign(code, 60), ")") if plain(code := telling(cause.code)) else ()
    return (Strong(label), " ", Foreign(text, 400), *step_of(cause), *known, *article(cause))


def step_of(cause: Cause) -> Phrase:
    """What to do next, from the error book, after a blank. () where no entry fits or it names no step."""
    return (" ", Foreign(cause.step, _STEP)) if plain(cause.step) else ()


def article(cause: Cause) -> Phrase:
    """A link to the error book's page, else to the knowledge base's article that the code names, else ()."""
    if cause.link.startswith("https://"):
        return (" ", Link(quote(cause.link, safe=_ADDRESS), "Article"))
    if not plain(cause.ser_code) or len(cause.ser_code) > _CODE:
        return ()
    code = quote(cause.ser_code, safe="", errors="replace").replace("~", "%7E")  # Slack strikes words out with a tilde
    return (" ", Link(_ARTICLE + code, "Article"))


def chain(item: Task | Activity) -> tuple[Phrase, ...]:
    """What else Acronis said of the error, from its effect down to its origin. Nothing is said twice."""
    if item.result is None or item.result.error is None:
        return ()
    fault = item.result.error
    said = [explain(fault).text.casefold()]
    lines: list[Phrase] = []
    for label, text in (("It led to: ", fault.effect), ("It was: ", fault.message), ("It began with: ", fault.leaf)):
        link = clean(text)
        is_said = any(link.casefold().rstrip(".") in each for each in said)
        if (shown := code_words(link)) and any(map(str.isalpha, link)) and not is_said:
            said.append(link.casefold())
            lines.append((label, Foreign(shown, 300)))
    return tuple(lines)
