"""Strings that would do harm where they were taken for anything but text."""

from __future__ import annotations

__all__ = ["HOSTILE"]

_RUN = "window.wasRun=1"

HOSTILE = (
    f"</script><img src=x onerror={_RUN}>",
    f"</script><script>{_RUN}</script>",
    f"<script>{_RUN}</script>",
    f"</title></style></textarea><svg/onload={_RUN}>",
    f"<img src=x onerror={_RUN}//",
    f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>",
    f'"><iframe srcdoc="<script>parent.{_RUN}</script>">',
    f"' autofocus onfocus='{_RUN}",
    f'" style="position:fixed" onmouseover="{_RUN}',
    f"javascript:{_RUN}",
    f"[link](javascript:{_RUN})",
    f"data:text/html,<script>{_RUN}</script>",
    "<!--",
    "-->",
    "<!-- <script>",
    "]]>",
    "<![CDATA[ x ]]>",
    "&lt;b&gt;&amp;&#x3C;b&#62;",
    "<base href=//example.invalid/>",
    '<meta http-equiv="refresh" content="0;url=//example.invalid">',
    "<style>*{display:none}</style>",
    "<plaintext>",
    "{{constructor.constructor('" + _RUN + "')()}}",
    "${" + _RUN + "}",
    "=cmd|' /C calc'!A0",
    '@SUM(1+1)*cmd|"/C calc"!A0',
    "\u202egnp.exe\u202c \u2066x\u2069 \u200f",
    "a\u2028b\u2029c",
    "nul\x00 bell\x07 escape\x1b[31m delete\x7f next\x85",
    "half \ud83d and \ude00 apart",
    "__proto__",
    "constructor",
    "%3Cb%3E %00 %",
    "a#b&c=d?e|f:g",
    "\\u003cb\\u003e \\",
)
"""Each tries another way out; `wasRun` is set where one of them finds it."""
