"""What a conversation asks for: each view is handed an object that does it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from whispr.gui.links import Link


class ConversationActions(Protocol):
    """What can be done with the messages of the conversation that is open."""

    def seen(self, message_id: int) -> None:
        """Every message up to this one has been in view of somebody."""

    def copy_text(self, text: str) -> None:
        """Put text on the clipboard."""

    def open_link(self, link: Link) -> None:
        """Open it in the browser, after asking if it is disguised or the person wants that."""

    def reply(self, quotation: str) -> None:
        """Begin an answer with this quotation."""

    def show_details(self, message_id: int) -> None:
        """Show when it was sent, accepted, delivered."""

    def show_text(self, message_id: int) -> None:
        """Show a very long message whole."""

    def send_again(self, message_id: int) -> None:
        """Send a message that expired or failed as a new one."""

    def delete_message(self, message_id: int) -> None:
        """Delete it on this computer."""

    def fetch_file(self, message_id: int) -> None:
        """Download the file of a message."""

    def cancel_file(self, message_id: int) -> None:
        """Stop its transfer."""

    def open_file(self, message_id: int) -> None:
        """Open a readable copy; asks first for what the system would run."""

    def find(self, query: str) -> None:
        """Search this conversation; the ids come to `Conversation.show_hits`."""

    def save_file(self, message_id: int) -> None:
        """Ask for a place and write a readable copy there."""


class ComposerActions(Protocol):
    """What can be done with what is being written."""

    def draft_changed(self, text: str) -> None:
        """The text of the composer is this now."""

    def send(self, text: str) -> None:
        """Send the text and whatever is staged."""

    def pick_files(self) -> None:
        """Ask for files to stage."""

    def stage_files(self, paths: Sequence[Path]) -> None:
        """Stage these files, to be sent with the next message."""

    def paste_files(self) -> None:
        """The clipboard holds no text: stage the picture or the files in it, if any."""

    def tell(self, sentence: str) -> None:
        """Say something in passing."""

    def unstage(self, index: int) -> None:
        """Take one staged file away."""


class HeaderActions(Protocol):
    """What the header of a conversation offers."""

    def search_conversation(self) -> None:
        """Open the search of this conversation."""

    def verify(self) -> None:
        """Compare safety numbers."""

    def contact_menu(self, left: int, top: int) -> None:
        """Show the menu of the contact there, in pixels of the screen."""
