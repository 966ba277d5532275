"""Training classifiers of tables: standardise, fill up rare classes if asked, fit; settings chosen on inner folds."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.errors import DatasetError, ModelError
from reprise.models.tabular.table_model import Floats, TableModel, TableSettings, needed, require_shape
from reprise.registry import resolve
from reprise.training.examples import Examples, Part, Rows
from reprise.training.learner import Fold
from reprise.training.recipe import Recipe

__all__ = ["TabularLearner", "TabularModel"]

_SMOTE_NEIGHBOURS = 5
_CLASSIFIER = "classifier"


class TabularModel:
    """A classifier with the scale of its columns.

    Parameters
    ----------
    name : str
        Of its input.
    centre, scale : array, shape (n_columns,)
    classifier : TableModel
    chosen : mapping
        What the grid search chose, and how good each of its candidates was; empty without one.
    """

    def __init__(
        self, name: str, centre: Floats, scale: Floats, classifier: TableModel, chosen: Mapping[str, Any]
    ) -> None:
        self._name, self._centre, self._scale = name, centre, scale
        self._classifier, self.chosen = classifier, chosen

    @property
    def n_parameters(self) -> int:
        """How many numbers were fitted."""
        return self._classifier.n_parameters + self._centre.size + self._scale.size

    def predict(self, inputs: Mapping[str, npt.NDArray[Any]]) -> Floats:
        """Return probabilities, shape (n, n_classes)."""
        x = (inputs[self._name].astype(np.float64) - self._centre) / self._scale
        return self._classifier.predict_proba(x)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the scale of the columns and what the classifier keeps."""
        return {"centre": self._centre, "scale": self._scale, **self._classifier.arrays()}


class TabularLearner:
    """Fits a classifier with scikit-learn's interface to genres.

    Nothing is chosen by validation rows, so it learns from these too. What is fitted to rows (the scale, the rows that
    SMOTE makes up, the classifier) is one pipeline: within a grid search each inner fold has a pipeline of its own,
    which never sees the rows that it is measured on.
    """

    def __init__(self, recipe: Recipe, examples: Examples) -> None:
        if not examples.is_genre or len(examples.targets) < 2:
            raise DatasetError(f"{recipe.name}: {examples.source} must have two genres or more to tell apart")
        self._settings: TableSettings = resolve(recipe.architecture.builder)(**recipe.options)
        self._name, self._seed, self._examples = recipe.architecture.inputs[0], recipe.training.seed, examples

    def fit(self, part: Part, fold: Fold) -> TabularModel:
        """Choose among the grid on inner folds, and fit to all rows but those to be tested.

        Raises
        ------
        DatasetError
            If a genre has too few artists for the inner folds, or too few rows for SMOTE.
        ParameterError
            If a setting asks for more rows than there are.
        """
        rows = np.concatenate([part.train, part.validation])
        x = self._examples.inputs[self._name][rows].astype(np.float64)
        y = self._examples.values[rows].argmax(axis=1)
        self._check(y, "the training rows")
        grid = self._settings.grid()
        first = {name: values[0] for name, values in grid.items()}
        pipeline = self._pipeline(first)
        chosen: Mapping[str, Any] = {}
        if any(len(values) > 1 for values in grid.values()):
            pipeline, chosen = self._search(pipeline, grid, x, y, self._examples.groups[rows])
        else:
            pipeline.fit(x, y)
        scaler, estimator = pipeline[0], pipeline[-1]
        return TabularModel(self._name, scaler.mean_, scaler.scale_, self._settings.fitted(estimator), chosen)

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> TabularModel:
        """Make a model of its arrays.

        Raises
        ------
        ModelError
            If they are not those of this classifier, or of other columns.
        """
        n_columns = self._examples.inputs[self._name].shape[1]
        centre, scale = (require_shape(arrays, name, n_columns) for name in ("centre", "scale"))
        if not (scale > 0).all():
            raise ModelError("the weights have a scale that is not above 0; train the model again")
        return TabularModel(self._name, centre, scale, self._settings.restored(arrays), {})

    def _pipeline(self, chosen: Mapping[str, Any]) -> Any:
        # The pipeline of imbalanced-learn leaves the resampler out where it predicts.
        steps = [("scaler", needed("sklearn.preprocessing:StandardScaler")())]
        if self._settings.smote:
            smote = needed("imblearn.over_sampling:SMOTE")
            steps.append(("smote", smote(k_neighbors=_SMOTE_NEIGHBOURS, random_state=self._seed)))
        steps.append((_CLASSIFIER, self._settings.estimator(self._seed, **chosen)))
        return needed("imblearn.pipeline:Pipeline")(steps)

    def _search(
        self, pipeline: Any, grid: Mapping[str, tuple[Any, ...]], x: Floats, y: Rows, groups: npt.NDArray[Any]
    ) -> tuple[Any, dict[str, Any]]:
        """Return the best pipeline fitted to all rows, and what was tried."""
        splits = self._inner_folds(x, y, groups)
        search = needed("sklearn.model_selection:GridSearchCV")(
            pipeline,
            {f"{_CLASSIFIER}__{name}": values for name, values in grid.items()},
            scoring=self._settings.criterion,
            cv=splits,
            error_score="raise",
        )
        search.fit(x, y)
        found, start = search.cv_results_, len(_CLASSIFIER) + 2
        candidates = [
            {name[start:]: value for name, value in parameters.items()} | {"score": round(float(score), 4)}
            for parameters, score in zip(found["params"], found["mean_test_score"], strict=True)
        ]
        chosen = {
            **{name[start:]: value for name, value in search.best_params_.items()},
            "criterion": self._settings.criterion,
            "inner_folds": self._settings.inner_folds,
            "candidates": candidates,
        }
        return search.best_estimator_, chosen

    def _inner_folds(self, x: Floats, y: Rows, groups: npt.NDArray[Any]) -> list[tuple[Rows, Rows]]:
        """Deal the rows so that no artist is in two parts and every genre is in each, as nearly as can be."""
        n_folds = self._settings.inner_folds
        for k, name in enumerate(self._examples.targets):
            if (n_groups := np.unique(groups[y == k]).size) < n_folds:
                raise DatasetError(
                    f"{self._examples.source}: {name} has training rows of {n_groups} artists, but the grid is "
                    f"searched on {n_folds} inner folds; leave the genre out or use fewer inner_folds"
                )
        folds = needed("sklearn.model_selection:StratifiedGroupKFold")(
            n_folds, shuffle=True, random_state=self._seed
        )
        with warnings.catch_warnings():
            # It warns of genres with few rows; what is too few is refused below.
            warnings.filterwarnings("ignore", message="The least populated class")
            splits = [(train, test) for train, test in folds.split(x, y, groups)]
        for number, (train, _) in enumerate(splits):
            self._check(y[train], f"inner fold {number}")
        return splits

    def _check(self, y: Rows, where: str) -> None:
        self._settings.check(y.size)
        fewest = 1 + _SMOTE_NEIGHBOURS if self._settings.smote else 1
        counts = np.bincount(y, minlength=len(self._examples.targets))
        least = int(counts.argmin())
        if counts[least] < fewest:
            needs = f"; SMOTE needs {fewest}" if self._settings.smote else ""
            raise DatasetError(
                f"{self._examples.source}: {self._examples.targets[least]} has {counts[least]} rows in {where}{needs}; "
                "leave the genre out"
            )
