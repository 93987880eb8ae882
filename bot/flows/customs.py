"""How questions are asked where nobody chooses."""

from bot.domain.turns import Manner, Thread
from bot.store.channels import Channels
from bot.store.threads import Asides


class Customs:
    """Knows the manner of each channel, and that of everywhere else."""

    def __init__(self, channels: Channels, asides: Asides, default: Manner) -> None:
        """`default` is what a channel leaves open, and what counts in direct messages."""
        self._channels = channels
        self._asides = asides
        self.default = default

    async def of(self, thread: Thread) -> Manner:
        """Return the manner of questions in a thread; a private one follows the channel it came from."""
        channel = thread.channel
        if channel.startswith("D"):
            origin = await self._asides.origin(thread)
            if origin is None:
                return self.default
            channel = origin.channel
        settings = await self._channels.settings(thread.workspace, channel)
        return settings.manner.over(self.default)
