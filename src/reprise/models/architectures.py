"""Every model that a recipe can train, by name; networks and learners are imported when one is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Literal

from reprise.errors import ModelError, UnknownNameError

__all__ = ["ARCHITECTURES", "NEURAL", "Architecture", "architecture"]

Task = Literal["features", "genre"]

NEURAL = "reprise.training.neural:NeuralLearner"
"""The learner of all networks."""
_TABULAR = "reprise.training.tabular:TabularLearner"


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A kind of model.

    Attributes
    ----------
    name : str
    task : {"features", "genre"}
        Whether it predicts audio features in 0..1 or the probabilities of genres.
    inputs : tuple of str
        What it is given, in the order of its arguments: names of clip sets, of groups of `Features`, or columns.
    what : str
        One line for people.
    builder : str
        ``"module:attribute"`` of what the options of a recipe are passed to: a network or a table of settings.
    learner : str
        ``"module:class"`` of the `reprise.training.learner.Learner` that trains it.
    """

    name: str
    task: Task
    inputs: tuple[str, ...]
    what: str
    builder: str
    learner: str = NEURAL


ARCHITECTURES: dict[str, Architecture] = {
    row.name: row
    for row in (
        Architecture(
            name="simple-cnn", task="features", inputs=("image",),
            what="one or two convolutions and three linear layers on pictures of spectrograms",
            builder="reprise.models.neural.simple_cnn:SimpleCnn",
        ),
        Architecture(
            name="mfcc-cnn", task="features", inputs=("mfcc",),
            what="two-dimensional CNN on 20 x 160 MFCC",
            builder="reprise.models.neural.mfcc_cnn:MfccCnn",
        ),
        Architecture(
            name="mfcc-rnn", task="features", inputs=("mfcc",),
            what="LSTM on MFCC",
            builder="reprise.models.neural.mfcc_rnn:MfccRnn",
        ),
        Architecture(
            name="multitask-rnn", task="features", inputs=("mfcc",),
            what="LSTM on MFCC, all targets at once, sigmoid",
            builder="reprise.models.neural.multitask_rnn:MultitaskRnn",
        ),
        Architecture(
            name="complex-cnn", task="features", inputs=("mfcc",),
            what="four convolutions on MFCC and an average over an 8 x 8 grid",
            builder="reprise.models.neural.complex_cnn:ComplexCnn",
        ),
        Architecture(
            name="spectrogram-cnn", task="features", inputs=("mel",),
            what="a CNN of its own for each target, on mel spectrograms",
            builder="reprise.models.neural.spectrogram_cnn:SpectrogramCnn",
        ),
        Architecture(
            name="resnet18", task="features", inputs=("image",),
            what="ResNet-18 on pictures of spectrograms, from scratch or from given weights",
            builder="reprise.models.neural.resnet18:ResNet18",
        ),
        Architecture(
            name="numerical", task="features", inputs=("numbers",),
            what="three linear layers on valence, tempo, loudness, key, mode and metre",
            builder="reprise.models.neural.numerical:Numerical",
        ),
        Architecture(
            name="combiner", task="features", inputs=("mfcc", "numbers"),
            what="multitask RNN and numerical network joined",
            builder="reprise.models.neural.combiner:Combiner",
        ),
        Architecture(
            name="softmax-nn", task="genre", inputs=("short_term",),
            what="three or four linear layers on AudioFiler's 69 features",
            builder="reprise.models.neural.softmax_nn:SoftmaxNn",
        ),
        Architecture(
            name="genre-logistic", task="genre", inputs=("audio_features",),
            what="logistic regression on the twelve audio features",
            builder="reprise.models.tabular.logistic:LogisticSettings", learner=_TABULAR,
        ),
        Architecture(
            name="genre-knn", task="genre", inputs=("audio_features",),
            what="k nearest neighbours among the twelve audio features",
            builder="reprise.models.tabular.nearest:NearestSettings", learner=_TABULAR,
        ),
        Architecture(
            name="genre-forest", task="genre", inputs=("audio_features",),
            what="random forest on the twelve audio features",
            builder="reprise.models.tabular.forest:ForestSettings", learner=_TABULAR,
        ),
        Architecture(
            name="genre-lightgbm", task="genre", inputs=("audio_features",),
            what="LightGBM on the twelve audio features",
            builder="reprise.models.tabular.boosting:BoostingSettings", learner=_TABULAR,
        ),
        Architecture(
            name="forest-ensemble", task="genre", inputs=("short_term",),
            what="twenty random forests that vote, on AudioFiler's 69 features",
            builder="reprise.models.tabular.forest_ensemble:ForestEnsembleSettings", learner=_TABULAR,
        ),
        Architecture(
            name="lightgbm-69", task="genre", inputs=("short_term",),
            what="LightGBM on AudioFiler's 69 features",
            builder="reprise.models.tabular.boosting:BoostingSettings", learner=_TABULAR,
        ),
        Architecture(
            name="perceptron-69", task="genre", inputs=("short_term",),
            what="the shipped kind of perceptrons on AudioFiler's 69 features",
            builder="reprise.training.default_genre:PerceptronSettings",
            learner="reprise.training.default_genre:PerceptronLearner",
        ),
        Architecture(
            name="genre-fused", task="genre",
            inputs=tuple(f"analysis.{group}" for group in ("tag_logits", "embedding", "short_term")),
            what="the default: perceptrons on 69 features and what MusiCNN hears, multiplied",
            builder="reprise.training.default_genre:fused_options",
            learner="reprise.training.default_genre:FusedLearner",
        ),
        Architecture(
            name="musicnn-heads", task="features",
            inputs=tuple(f"analysis.{group}" for group in ("embedding", "pooled", "measured", "short_term", "mel")),
            what="the default heads: ridge regressions on what MusiCNN hears and what is measured",
            builder="reprise.training.default_heads:heads_options",
            learner="reprise.training.default_heads:HeadsLearner",
        ),
        Architecture(
            name="refined-heads", task="features",
            inputs=tuple(f"analysis.{group}" for group in ("embedding", "pooled", "measured", "short_term", "mel")),
            what="the default heads, taught by artist means that know the song's mood and the artist's variety",
            builder="reprise.training.default_heads:heads_options",
            learner="reprise.training.default_heads:RefinedHeadsLearner",
        ),
    )
}  # fmt: skip
"""The architectures that come with Reprise."""


def architecture(name: str) -> Architecture:
    """Look an architecture up, among ours and those of installed plug-ins (entry points ``reprise.architectures``).

    Raises
    ------
    UnknownNameError
        If there is none of that name; the nearest is suggested.
    ModelError
        If a plug-in's entry point is no `Architecture`.
    """
    if name in ARCHITECTURES:
        return ARCHITECTURES[name]
    plugins = {point.name: point for point in entry_points(group="reprise.architectures")}
    if name not in plugins:
        raise UnknownNameError("model", name, [*ARCHITECTURES, *plugins])
    loaded = plugins[name].load()
    if not isinstance(loaded, Architecture):
        raise ModelError(f"the plug-in {plugins[name].value} is no Architecture")
    return loaded
