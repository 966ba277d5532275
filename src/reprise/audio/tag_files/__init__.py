"""Tags in audio files: read, written without touching the audio, and taken back."""

from reprise.audio.tag_files.change import Change, Restored
from reprise.audio.tag_files.writing import plan_restore, plan_write, read_fields, restore, write_fields

__all__ = ["Change", "Restored", "plan_restore", "plan_write", "read_fields", "restore", "write_fields"]
