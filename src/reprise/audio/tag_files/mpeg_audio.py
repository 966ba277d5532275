"""Whether MPEG audio (MP1, MP2, MP3) begins somewhere in a file."""

from __future__ import annotations

from reprise.audio.tag_files.file_bytes import OpenFile

__all__ = ["begins_with_mpeg_audio"]

_LOOKED_THROUGH = 1 << 17

# kbit/s by number, for (MPEG-1?, layer).
_KBPS = {
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HZ = (44100, 48000, 32000)


def begins_with_mpeg_audio(file: OpenFile, start: int) -> bool:
    """Whether two MPEG frames follow each other soon after a place in a file.

    Parameters
    ----------
    file : OpenFile
        The file.
    start : int
        Where its tag ends; up to 128 KiB of other bytes may come before the audio.
    """
    data = file.peek(start, _LOOKED_THROUGH)
    at = data.find(b"\xff")
    while 0 <= at < len(data) - 4:
        length = _frame_length(data[at : at + 4])
        if length:
            following = data[at + length : at + length + 4]
            is_only_one = at == 0 and start + length >= file.size - 128  # perhaps with an ID3v1 tag
            if is_only_one or (len(following) == 4 and _frame_length(following)):
                return True
        at = data.find(b"\xff", at + 1)
    return False


def _frame_length(header: bytes) -> int:
    """Return a frame's length in bytes, 0 for what is no header or has a free bit rate."""
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bit_rate, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    is_header = header[0] == 0xFF and header[1] >> 5 == 7 and version != 1 and layer != 4
    if not is_header or bit_rate in (0, 15) or rate == 3:
        return 0
    is_mpeg1 = version == 3
    kbps = _KBPS[is_mpeg1, layer if is_mpeg1 or layer == 1 else 2][bit_rate]
    hz = _HZ[rate] // {3: 1, 2: 2, 0: 4}[version]
    if layer == 1:
        return (12_000 * kbps // hz + padding) * 4
    samples = 144_000 if is_mpeg1 or layer == 2 else 72_000
    return samples * kbps // hz + padding
