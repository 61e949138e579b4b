"""A claim extractor of rules alone: the floor that a paid model has to beat.

It knows whole classes of words (states, offices, reporting verbs) and the habits of English news
copy, and nothing of any article or event.
"""

import datetime
from typing import Any

from .actors import find_cast, to_claims
from .dates import extract_dates, find_dates
from .quotes import extract_quotes
from .sanctions import extract_sanctions
from .sentences import read

__all__ = ["extract"]

# Some twenty times the longest news feature. The bound keeps a hostile text from costing minutes;
# what lies behind it is not read.
_MAX_CHARACTERS = 300_000


def extract(text: str, published: datetime.date | None) -> dict[str, list[dict[str, Any]]]:
    """Extract the claims of an English news article.

    Parameters
    ----------
    text
        The article as it was published, furniture included.
    published
        The day against which relative dates resolve; without it only full dates are claimed.

    Returns
    -------
    dict
        The claims under ``actors``, ``quotes``, ``dates`` and ``sanctions``, each list in the
        order of the article. Every ``evidence`` is a substring of ``text``.
    """
    document = read(text[:_MAX_CHARACTERS])
    if not document.sentences:
        return {"actors": [], "quotes": [], "dates": [], "sanctions": []}
    cast = find_cast(document)
    stated = find_dates(document, published)
    return {
        "actors": to_claims(cast, document),
        "quotes": extract_quotes(document, cast),
        "dates": extract_dates(document, stated),
        "sanctions": extract_sanctions(document, cast, stated),
    }
