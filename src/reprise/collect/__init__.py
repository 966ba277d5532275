"""Collectors: one file a provider, each filling a `reprise.datasets.store.Store`.

What they share is in `pace` (rate limit), `credentials` (secrets), `client` (HTTP), `base` (a run that can be
resumed) and `previews` (downloads).
"""
