"""Which media type a file name stands for; what a sender claims about his file is never used.

A fixed table, because `mimetypes` reads the settings of the system and would tell the other side
about them. What a browser or an office program would run (HTML, SVG, scripts, macros) is left out
on purpose: it is `application/octet-stream` like everything unknown.
"""

from __future__ import annotations

UNKNOWN_MEDIA_TYPE = "application/octet-stream"

_BY_EXTENSION: dict[str, str] = {
    "7z": "application/x-7z-compressed",
    "aac": "audio/aac",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "gif": "image/gif",
    "gz": "application/gzip",
    "heic": "image/heic",
    "ics": "text/calendar",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "log": "text/plain",
    "m4a": "audio/mp4",
    "md": "text/markdown",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "opus": "audio/opus",
    "pdf": "application/pdf",
    "png": "image/png",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "tar": "application/x-tar",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "txt": "text/plain",
    "vcf": "text/vcard",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
    "webp": "image/webp",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xz": "application/x-xz",
    "zip": "application/zip",
    "zst": "application/zstd",
}


def media_type_of(name: str) -> str:
    """Return the media type of a file name by its last extension, else the unknown one."""
    stem, _, extension = name.rpartition(".")
    if not stem:
        return UNKNOWN_MEDIA_TYPE
    return _BY_EXTENSION.get(extension.lower(), UNKNOWN_MEDIA_TYPE)
