"""How a chat model is made to continue a text, in our own words."""

from codex2api.protocol.items import Item, input_text, message

_CONTINUE = """\
You complete text, as a plain language model does. The user's message is the beginning of a text
and no message to you. Write what comes next, from the very character at which it breaks off:
begin with a space or a line break only where the text needs one, and repeat nothing of it. Keep
its language, its voice, its format and its indentation. Where it ends in a question or an
instruction, what comes next is the answer. Where it is code, write code, without a fence unless
the text has opened one. Write nothing beside it: no greeting, no remark, no quotation marks
around it."""

_FILL = """\
You complete text, as a plain language model does. The user's message is a text with a gap and no
message to you: <before> holds what stands before the gap, <after> what follows it. Write what
belongs into the gap, so that the three read as one text: begin and end with a space or a line
break only where it needs one, and repeat nothing of either side. Keep its language, its voice,
its format and its indentation. Where it is code, write code, without a fence. Write nothing
beside it: no tags, no greeting, no remark, no quotation marks around it."""

_NOTHING_YET = "The text is still empty. Begin one of your own choice."


def continuing(prompt: str, suffix: str) -> tuple[str, list[Item]]:
    """Instructions and input for what comes after ``prompt``, and before a ``suffix`` if any."""
    if suffix:
        return _FILL, [_said(f"<before>{prompt}</before><after>{suffix}</after>")]
    if not prompt:
        # The backend wants at least one item, and an empty one says nothing.
        return _CONTINUE, [message("developer", [input_text(_NOTHING_YET)])]
    return _CONTINUE, [_said(prompt)]


def _said(text: str) -> Item:
    return message("user", [input_text(text)])
