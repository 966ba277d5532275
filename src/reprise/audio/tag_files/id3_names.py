"""Which frame of ID3 holds which field, and the numbers that stand for genres."""

from __future__ import annotations

import re

__all__ = ["FRAME_NAMES", "OLD_FRAME_NAMES", "frame_for", "genre_names", "genre_text"]

FRAME_NAMES: dict[str, str] = {
    "TALB": "ALBUM", "TBPM": "BPM", "TCMP": "COMPILATION", "TCOM": "COMPOSER", "TCON": "GENRE",
    "TCOP": "COPYRIGHT", "TDRC": "DATE", "TENC": "ENCODEDBY", "TEXT": "LYRICIST", "TIT1": "GROUPING",
    "TIT2": "TITLE", "TIT3": "SUBTITLE", "TKEY": "INITIALKEY", "TLAN": "LANGUAGE", "TMED": "MEDIA",
    "TMOO": "MOOD", "TPE1": "ARTIST", "TPE2": "ALBUMARTIST", "TPE3": "CONDUCTOR", "TPE4": "REMIXER",
    "TPOS": "DISCNUMBER", "TPUB": "LABEL", "TRCK": "TRACKNUMBER", "TSO2": "ALBUMARTISTSORT",
    "TSOA": "ALBUMSORT", "TSOP": "ARTISTSORT", "TSOT": "TITLESORT", "TSRC": "ISRC", "TSSE": "ENCODERSETTINGS",
    "TYER": "DATE",
}  # fmt: skip
"""Text frames of ID3v2.3 and 2.4 by their identifier; others are fields under the identifier itself."""

OLD_FRAME_NAMES: dict[str, str] = {
    "TAL": "ALBUM", "TBP": "BPM", "TCM": "COMPOSER", "TCO": "GENRE", "TCR": "COPYRIGHT", "TEN": "ENCODEDBY",
    "TKE": "INITIALKEY", "TP1": "ARTIST", "TP2": "ALBUMARTIST", "TP3": "CONDUCTOR", "TP4": "REMIXER",
    "TPA": "DISCNUMBER", "TPB": "LABEL", "TRC": "ISRC", "TRK": "TRACKNUMBER", "TT1": "GROUPING",
    "TT2": "TITLE", "TT3": "SUBTITLE", "TXT": "LYRICIST", "TYE": "DATE",
}  # fmt: skip
"""The same for ID3v2.2."""

_OTHER_FRAMES = frozenset({
    "TDAT", "TDEN", "TDLY", "TDOR", "TDRL", "TDTG", "TFLT", "TIME", "TLEN", "TOAL", "TOFN",
    "TOLY", "TOPE", "TORY", "TOWN", "TPRO", "TRDA", "TRSN", "TRSO", "TSIZ", "TSST",
})  # fmt: skip
_ONLY_IN = {"TMOO": 4, "TDRC": 4, "TYER": 3}

_FRAMES = {
    version: {
        **{name: frame for frame, name in FRAME_NAMES.items() if _ONLY_IN.get(frame, version) == version},
        **{frame: frame for frame in _OTHER_FRAMES},
    }
    for version in (3, 4)
}

_GENRES = (
    "Blues", "Classic Rock", "Country", "Dance", "Disco", "Funk", "Grunge", "Hip-Hop", "Jazz", "Metal",
    "New Age", "Oldies", "Other", "Pop", "R&B", "Rap", "Reggae", "Rock", "Techno", "Industrial",
    "Alternative", "Ska", "Death Metal", "Pranks", "Soundtrack", "Euro-Techno", "Ambient", "Trip-Hop",
    "Vocal", "Jazz+Funk", "Fusion", "Trance", "Classical", "Instrumental", "Acid", "House", "Game",
    "Sound Clip", "Gospel", "Noise", "AlternRock", "Bass", "Soul", "Punk", "Space", "Meditative",
    "Instrumental Pop", "Instrumental Rock", "Ethnic", "Gothic", "Darkwave", "Techno-Industrial",
    "Electronic", "Pop-Folk", "Eurodance", "Dream", "Southern Rock", "Comedy", "Cult", "Gangsta", "Top 40",
    "Christian Rap", "Pop/Funk", "Jungle", "Native American", "Cabaret", "New Wave", "Psychedelic", "Rave",
    "Showtunes", "Trailer", "Lo-Fi", "Tribal", "Acid Punk", "Acid Jazz", "Polka", "Retro", "Musical",
    "Rock & Roll", "Hard Rock",
)  # fmt: skip
"""The eighty of the ID3 standard, from 0 on; the numbers that players added later stay numbers."""

_REFERENCE = re.compile(r"\((\d{1,3}|RX|CR)\)")
_SHORT = {"RX": "Remix", "CR": "Cover"}


def frame_for(name: str, version: int) -> str | None:
    """Return the frame that holds a field in ID3v2.3 or 2.4; ``None`` means TXXX."""
    return _FRAMES[version].get(name)


def genre_names(text: str) -> list[str]:
    """Spell out a genre as ID3 writes it: ``"(17)"`` and ``"17"`` are Rock, ``"((live)"`` is (live).

    Parameters
    ----------
    text : str
        One value of the frame TCON.
    """
    if text.isascii() and text.isdigit() and len(text) <= 3:
        return [_numbered(text) or text]
    names = []
    while found := _REFERENCE.match(text):
        named = _SHORT.get(found[1]) or _numbered(found[1])
        if named is None:
            break
        names.append(named)
        text = text[found.end() :]
    text = text[1:] if text.startswith("((") else text
    return [*names, text] if text and text not in names else names


def genre_text(name: str) -> str:
    """Write a genre so that `genre_names` reads the same: a parenthesis that could be a number's is doubled."""
    is_ambiguous = name.startswith("(") and genre_names(name) != [name]
    return "(" + name if is_ambiguous else name


def _numbered(digits: str) -> str | None:
    number = int(digits)
    return _GENRES[number] if number < len(_GENRES) else None
