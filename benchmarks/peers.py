"""What others would run on the same texts in memory: ftfy alone; ftfy, clean-text and a filter in a chain."""

import logging
from collections.abc import Sequence

import ftfy


def by_ftfy(texts: Sequence[str]) -> None:
    """Mend the encoding of texts, and what else ftfy mends unless told otherwise."""
    for text in texts:
        ftfy.fix_text(text)


class Chain:
    """ftfy, then clean-text, then datatrove's C4 filter, which takes lines out or drops the text.

    clean-text is asked for its white space alone: letters keep their accents and their case, line breaks
    stay, and so does every address and number. (It would run ftfy as well; that is done before.)
    """

    def __init__(self) -> None:
        """Load them; raise ImportError where the group `bench` is not installed."""
        logging.disable(logging.WARNING)  # clean-text asks for a package that is not used here
        import cleantext  # noqa: PLC0415 - of the group `bench` alone
        from datatrove.data import Document  # noqa: PLC0415
        from datatrove.pipeline.filters import C4QualityFilter  # noqa: PLC0415

        self._tidy, self._document = cleantext.clean, Document
        self._filter = C4QualityFilter()

    def run(self, texts: Sequence[str]) -> None:
        """Take texts through all three."""
        for number, text in enumerate(texts):
            mended = ftfy.fix_text(text)
            tidy = self._tidy(
                mended, fix_unicode=False, to_ascii=False, lower=False, normalize_whitespace=True
            )
            self._filter.filter(self._document(text=tidy, id=str(number)))
