"""Attachment rows: states that move on, resumable progress, files to delete after a wipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from whispr.client.store.attachment import AttachmentState
from whispr.client.store.message import Direction
from whispr.errors import LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

    from whispr.client.store.attachment import Attachment
    from whispr.client.store.contacts import Contact
    from whispr.client.store.message import Message
    from whispr.client.store.profile_store import ProfileStore

    Attach = Callable[..., Attachment]


@pytest.fixture
def attach(store: ProfileStore) -> Attach:
    def attach_file(
        message: Message,
        state: AttachmentState = AttachmentState.OFFERED,
        local_path: str = "",
        spool_path: str = "",
    ) -> Attachment:
        return store.attachments.add(
            message.message_id,
            name=f"file {message.message_id}.txt",
            size_bytes=1000,
            media_type="text/plain",
            descriptor=b"descriptor with a key",
            blob_id=b"b" * 32,
            state=state,
            file_sha256=b"h" * 32,
            local_path=local_path,
            spool_path=spool_path,
        )

    return attach_file


@pytest.fixture
def offered(alice: Contact, receive: Callable[..., Message], attach: Attach) -> Attachment:
    return attach(receive(alice, "look"))


def test_attachment_comes_back_with_its_message(
    store: ProfileStore, alice: Contact, offered: Attachment
) -> None:
    assert store.attachments.get(offered.message_id) == offered
    content_id = offered.content_id
    assert store.attachments.find(alice.contact_id, Direction.IN, content_id) == offered
    assert store.attachments.find(alice.contact_id, Direction.OUT, content_id) is None
    assert offered.direction is Direction.IN
    assert (offered.name, offered.size_bytes, offered.bytes_done) == ("file 1.txt", 1000, 0)
    message = store.history.get(offered.message_id)
    assert message is not None
    assert message.file_name == "file 1.txt"
    assert "key" not in repr(offered)
    assert "file 1" not in repr(offered)


def test_message_without_a_file_has_none(
    store: ProfileStore, alice: Contact, receive: Callable[..., Message]
) -> None:
    message = receive(alice, "no file")
    assert store.attachments.get(message.message_id) is None
    for act in (
        lambda: store.attachments.set_state(message.message_id, AttachmentState.STORED),
        lambda: store.attachments.record_part(message.message_id, 0, bytes_done=1),
        lambda: store.attachments.set_paths(message.message_id, local_path="x"),
    ):
        with pytest.raises(LocalProtocolError):
            act()


def test_state_that_is_no_step_forward_changes_nothing(
    store: ProfileStore, offered: Attachment
) -> None:
    attachments, message_id = store.attachments, offered.message_id
    assert not attachments.set_state(message_id, AttachmentState.STORED)  # never downloaded
    assert attachments.set_state(message_id, AttachmentState.DOWNLOADING)
    assert attachments.set_state(message_id, AttachmentState.GONE, "expired on the relay")
    gone = attachments.get(message_id)
    assert gone is not None
    assert (gone.state, gone.reason) == (AttachmentState.GONE, "expired on the relay")
    assert attachments.set_state(message_id, AttachmentState.DOWNLOADING)
    assert attachments.set_state(message_id, AttachmentState.STORED)
    for state in AttachmentState:
        assert not attachments.set_state(message_id, state)


def test_pending_transfers_are_listed_by_direction(
    store: ProfileStore,
    alice: Contact,
    receive: Callable[..., Message],
    write: Callable[..., Message],
    attach: Attach,
) -> None:
    ours = {
        state: attach(write(alice, "x", number), state).message_id
        for number, state in enumerate(
            (AttachmentState.STAGED, AttachmentState.UPLOADING, AttachmentState.UPLOADED), 1
        )
    }
    theirs = {
        state: attach(receive(alice, "x", number), state).message_id
        for number, state in enumerate(
            (AttachmentState.OFFERED, AttachmentState.DOWNLOADING, AttachmentState.GONE), 11
        )
    }
    uploads = [attachment.message_id for attachment in store.attachments.pending_uploads()]
    assert uploads == [ours[AttachmentState.STAGED], ours[AttachmentState.UPLOADING]]
    downloads = [attachment.message_id for attachment in store.attachments.pending_downloads()]
    assert downloads == [theirs[AttachmentState.OFFERED], theirs[AttachmentState.DOWNLOADING]]


def test_received_parts_are_remembered(store: ProfileStore, offered: Attachment) -> None:
    attachments, message_id = store.attachments, offered.message_id
    assert attachments.received_parts(message_id) == frozenset()
    for part in (0, 9, 9, 161, 7):
        attachments.record_part(message_id, part, bytes_done=500)
    assert attachments.received_parts(message_id) == {0, 7, 9, 161}
    attachments.forget_parts(message_id)
    assert attachments.received_parts(message_id) == frozenset()


def test_progress_stays_within_the_file(store: ProfileStore, offered: Attachment) -> None:
    for told, kept in ((0, 0), (400, 400), (1000, 1000), (5000, 1000)):
        store.attachments.set_progress(offered.message_id, told)
        attachment = store.attachments.get(offered.message_id)
        assert attachment is not None
        assert attachment.bytes_done == kept


@pytest.mark.parametrize(("blob_id", "parts"), [(b"b" * 32, {1}), (b"c" * 32, set())])
def test_descriptor_that_comes_again_keeps_parts_of_the_same_blob_only(
    store: ProfileStore, offered: Attachment, blob_id: bytes, parts: set[int]
) -> None:
    store.attachments.record_part(offered.message_id, 1, bytes_done=500)
    store.attachments.restart(offered.message_id, descriptor=b"again", blob_id=blob_id)
    again = store.attachments.get(offered.message_id)
    assert again is not None
    assert (again.descriptor, again.blob_id) == (b"again", blob_id)
    assert again.bytes_done == (500 if parts else 0)
    assert store.attachments.received_parts(offered.message_id) == parts


def test_wiped_and_replaced_files_are_noted_until_they_are_deleted(
    store: ProfileStore, alice: Contact, write: Callable[..., Message], attach: Attach
) -> None:
    first = attach(write(alice, "x", 1), AttachmentState.STAGED, "files/1", "spool/1")
    attach(write(alice, "x", 2), AttachmentState.STAGED, "files/2", "")
    assert store.attachments.known_paths() == {"files/1", "spool/1", "files/2"}
    store.attachments.set_paths(first.message_id, spool_path="")
    assert store.attachments.discarded() == ("spool/1",)
    store.attachments.set_paths(first.message_id, local_path="files/1")
    assert store.attachments.discarded() == ("spool/1",)
    store.wipe_conversation(alice.contact_id)
    assert set(store.attachments.discarded()) == {"spool/1", "files/1", "files/2"}
    assert store.attachments.known_paths() == frozenset()
    store.attachments.forget_discarded(["spool/1", "files/1"])
    assert store.attachments.discarded() == ("files/2",)


def test_removed_contact_leaves_no_file_behind(
    store: ProfileStore, alice: Contact, write: Callable[..., Message], attach: Attach
) -> None:
    attach(write(alice, "x"), AttachmentState.STAGED, "files/1", "spool/1")
    store.contacts.remove(alice.contact_id)
    assert set(store.attachments.discarded()) == {"files/1", "spool/1"}


def test_stored_files_are_read_in_the_order_they_became_complete(
    store: ProfileStore,
    alice: Contact,
    receive: Callable[..., Message],
    write: Callable[..., Message],
    attach: Attach,
) -> None:
    downloading = AttachmentState.DOWNLOADING
    first, second = (attach(receive(alice, "x", n), downloading) for n in (1, 2))
    mine = attach(write(alice, "x", 3), AttachmentState.UPLOADED)
    for attachment in (second, mine, first):
        assert store.attachments.set_state(attachment.message_id, AttachmentState.STORED)
    stored = store.attachments.stored_after(0)
    assert [file.message_id for _, file in stored] == [second.message_id, first.message_id]
    (cursor, _), (last, _) = stored
    after = store.attachments.stored_after(cursor)
    assert [file.message_id for _, file in after] == [first.message_id]
    assert store.attachments.stored_after(0, limit=1) == stored[:1]
    store.history.delete_message(first.message_id)
    third = attach(receive(alice, "x", 4), downloading)
    store.attachments.set_state(third.message_id, AttachmentState.STORED)
    assert [position > last for position, _ in store.attachments.stored_after(cursor)] == [True]
