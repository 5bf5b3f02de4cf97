"""The Commission's calls: it has none (個人情報保護委員会の呼出し).

Nobody asks it anything. It asks the others, each by a call of theirs, and what it signs reaches
people through them: cosignatures through the network, statements through the portal.
"""

from typing import Any, Final

from renkei.wire.call import Call

TITLE: Final = "Personal Information Protection Commission (個人情報保護委員会)"

CALLS: Final[tuple[Call[Any, Any], ...]] = ()
