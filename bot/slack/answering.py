"""What every answer to a person needs: who they are, what the handlers may use, and the ways back to them."""

from bot.blocks import notes
from bot.model import Message, Modal, Place
from bot.model.values import dataclass
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
        await self.responder.send(self.allowed(request, message), request.delivery.reply_to)

    def allowed(self, request: Request, message: Message) -> Message:
        """`message`, or the refusal to share it into a channel that is bound to tenants."""
        is_bound = request.delivery.reply_to.channel_id in self.services.bound
        return notes.refusal(NO_SHARING) if is_bound and message.place is Place.CHANNEL else message


def window_of(message: Message, title: str) -> Modal:
    """A window that shows a message. A window has to say something."""
    title = title or TITLE
    return message_modal(message, title) or notes.failed_modal(title, unescape(message.text) or DONE)
