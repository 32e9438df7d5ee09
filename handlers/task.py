"""The button that shows one task in full, in a modal."""

from bot.blocks import answers
from bot.errors import NotFound
from bot.model import Modal, Person, Press
from bot.services import ActionHandler, Services

TITLE = "Task"


async def details(press: Press, person: Person, services: Services) -> Modal:
    try:
        task = await services.tasks.task(press.value)
    except NotFound as error:
        return answers.failed_modal(TITLE, error.told)
    return answers.task_modal(task, person, services.clock.now())


ACTIONS = (ActionHandler("task.details", details, opens_modal=True, loading_title=TITLE),)
