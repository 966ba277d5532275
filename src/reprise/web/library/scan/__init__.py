"""Folders of music into the library: what is new, changed, moved and gone since they were last looked at."""

from __future__ import annotations

from reprise.web.library.scan.report import ScanReport
from reprise.web.library.scan.roots import add_folder, folder_above, remove_folder
from reprise.web.library.scan.running import scan

__all__ = ["ScanReport", "add_folder", "folder_above", "remove_folder", "scan"]
