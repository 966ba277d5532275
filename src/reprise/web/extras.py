"""What to install where a package is missing: the web application brings some packages of other extras itself."""

from __future__ import annotations

from reprise.errors import MissingDependencyError, RepriseError

__all__ = ["WEB_PACKAGES", "for_the_web"]

WEB_PACKAGES = frozenset({"httpx", "safetensors", "scikit-learn", "umap-learn"})
"""What the extra ``web`` brings, and another one, too."""


def for_the_web(error: RepriseError) -> RepriseError:
    """Return an error with the right advice for those who use the web application.

    The layers below name ``train`` for what both extras bring, which would install far more than is missing.
    """
    if isinstance(error, MissingDependencyError) and error.package in WEB_PACKAGES:
        return MissingDependencyError(error.package, "web")
    return error
