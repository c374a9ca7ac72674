"""Attachments: encrypted copies at rest, uploads, downloads and readable copies."""
