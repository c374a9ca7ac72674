"""Where an error came from, without what people wrote."""

from __future__ import annotations

from pathlib import Path


def places(error: BaseException) -> str:
    """File and line of every step, without the message, which may hold what people wrote."""
    steps = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        steps.append(f"{Path(code.co_filename).name}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return " > ".join(steps)
