"""The window with each task of an entry: failures that share a cause, of an answer that is kept."""

from bot.blocks import notes
from bot.blocks.alike import TITLE, alike_modal
from bot.blocks.task_entries import alike
from bot.model import Modal, Person, Press
from bot.services import ActionHandler, Services

_OVERVIEW = "overview"
"""The verb whose answers are read in another way than lists are."""
_GONE = "These failures are not in the answer any more. Ask again with /tasks."


async def show(press: Press, person: Person, services: Services) -> Modal:
    """The value is `answer:page:task`; people can forge it. Raises AnswerExpired."""
    answer_id, page, task_id = (*press.value.split(":", 2), "", "")[:3]
    answer = await services.tasks.answer(answer_id, person.id)
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    read = services.tasks.overview if answer.verb == _OVERVIEW else services.tasks.listing
    listing = await read(answer.query, page=number, as_of=answer.as_of, answer_id=answer.id)
    found = alike(listing.found, number, task_id)
    if not found:
        return notes.failed_modal(TITLE, _GONE)
    known = await services.tasks.row_facts(found, listing.found.as_of)
    return alike_modal(found, known, person, listing.found)


ACTIONS = (ActionHandler("task.alike", show, opens_modal=True, loading_title=TITLE),)
