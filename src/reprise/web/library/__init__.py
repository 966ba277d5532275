"""The library: what music there is, what was heard in it, and what is done with it. No module here knows of HTTP."""
