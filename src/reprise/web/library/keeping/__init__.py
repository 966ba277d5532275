"""The library as files: backups of everything, and exports that other libraries take in."""
