"""Tags in audio files: read, written without touching the audio, taken back; and whole analyses in them."""

from reprise.audio.tag_files.change import Change, Restored
from reprise.audio.tag_files.record_fields import reprise_fields
from reprise.audio.tag_files.stored_record import StoredRecord, read_reprise_record
from reprise.audio.tag_files.writing import plan_restore, plan_write, read_fields, restore, write_fields

__all__ = [
    "Change",
    "Restored",
    "StoredRecord",
    "plan_restore",
    "plan_write",
    "read_fields",
    "read_reprise_record",
    "reprise_fields",
    "restore",
    "write_fields",
]
