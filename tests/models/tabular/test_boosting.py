"""LightGBM from its text is what was fitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from reprise.errors import ModelError, ParameterError
from reprise.models.tabular.boosting import BoostingSettings


@pytest.mark.parametrize("n_classes", [2, 4])
def test_saved_is_fitted(rows: Callable[..., Any], n_classes: int) -> None:
    x, y = rows(n_classes=n_classes)
    settings = BoostingSettings()
    estimator = settings.estimator(0, n_estimators=8, num_leaves=5).fit(x, y)
    model = settings.restored(settings.fitted(estimator).arrays())
    np.testing.assert_allclose(model.predict_proba(x), estimator.predict_proba(x), rtol=0, atol=1e-9)
    n_trees = 8 if n_classes == 2 else 8 * n_classes
    assert n_trees <= model.n_parameters <= 9 * n_trees


def test_what_is_not_its_text_is_refused() -> None:
    settings = BoostingSettings()
    for text in (b"", b"tree\nnonsense", b"\xff\xfe"):
        with pytest.raises(ModelError):
            settings.restored({"text": np.frombuffer(text, np.uint8)})
    with pytest.raises(ModelError, match="lack text"):
        settings.restored({})
    for options in ({"num_leaves": (1,)}, {"colsample_bytree": 2.0}, {"learning_rate": (0.0,)}):
        with pytest.raises(ParameterError, match=next(iter(options))):
            BoostingSettings(**options)
