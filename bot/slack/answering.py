"""What every answer to a person needs: who they are, what the handlers may use, and the ways back to them."""

from dataclasses import dataclass

from bot.blocks import notes
from bot.model import Message, Modal, Place
from bot.services import Handlers, Services
from bot.slack.modals import Modals
from bot.slack.parsing import unescape
from bot.slack.people import Asker, People
from bot.slack.requests import Delivery, Request
from bot.slack.respond import Responder
from bot.slack.sign_in import Identity
from bot.slack.views import message_modal

NO_SHARING = "This channel shows only some tenants, so no answer is shared into it. Use “Send to me” instead."

DONE = "Done. You can close this window."
TITLE = "Nightshift"


@dataclass(frozen=True, slots=True)
class Answering:
    """`home` is the workspace the bot is installed in."""

    responder: Responder
    modals: Modals
    home: Identity
    handlers: Handlers
    services: Services
    people: People

    def asker(self, delivery: Delivery) -> Asker:
        """Raises `AccessDenied`."""
        return Asker(delivery.sender, self.home, self.people, self.services.zone)

    async def send(self, request: Request, message: Message) -> None:
        """Sends nothing where there is nothing to say. Raises `SlackError`."""
        request.is_sending = True
        if not (message.text or message.blocks):
            return
        reply_to = request.delivery.reply_to
        if message.place is Place.CHANNEL and reply_to.channel_id in self.services.bound:
            message = notes.refusal(NO_SHARING)
        await self.responder.send(message, reply_to)


def window_of(message: Message, title: str) -> Modal:
    """A window that shows a message. A window has to say something."""
    title = title or TITLE
    return message_modal(message, title) or notes.failed_modal(title, unescape(message.text) or DONE)
