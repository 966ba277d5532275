"""Training networks with Lightning: one fit, from data to the best weights, which can be killed and gone on with."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from reprise.errors import MissingDependencyError, ModelError, ParameterError
from reprise.registry import resolve
from reprise.training.examples import Examples, Part, Rows
from reprise.training.learner import Fold
from reprise.training.recipe import Recipe

try:
    import torch
    from lightning.pytorch import Trainer
    from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
    from lightning.pytorch.loggers import TensorBoardLogger
    from torch import Tensor, distributed
    from torch.multiprocessing import ProcessRaisedException
    from torch.utils.data import DataLoader, Dataset, Sampler
except ImportError as missing:
    raise MissingDependencyError(missing.name or "torch", "neural") from missing

from reprise.models.neural.standardised import Pretrained, Standardised
from reprise.training.history import read_history
from reprise.training.network_task import HistoryCallback, NetworkTask

__all__ = ["NetworkModel", "NeuralLearner"]

Floats = npt.NDArray[np.float64]
Inputs = Mapping[str, npt.NDArray[Any]]

_PREDICTED_AT_ONCE = 64
_SEED_OF_FOLD = 1000


class NetworkModel:
    """A trained network with the scales of its inputs."""

    def __init__(self, network: Standardised, *, is_genre: bool) -> None:
        self.network, self.is_genre = network.eval(), is_genre

    @property
    def n_parameters(self) -> int:
        """How many numbers were trained."""
        return sum(values.numel() for values in self.network.parameters())

    def predict(self, inputs: Inputs) -> Floats:
        """Return values in 0..1 or probabilities, shape (n, n_targets)."""
        columns = [np.asarray(inputs[name]) for name in self.network.names]
        device, found = next(self.network.parameters()).device, []
        with torch.inference_mode():
            for start in range(0, len(columns[0]), _PREDICTED_AT_ONCE):
                batch = [torch.from_numpy(x[start : start + _PREDICTED_AT_ONCE]).to(device) for x in columns]
                output = self.network(*batch).double()
                output = output.softmax(dim=1) if self.is_genre else output.clamp(0, 1)
                found.append(output.cpu().numpy())
        return np.concatenate(found)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the weights by name."""
        return {name: values.cpu().numpy() for name, values in self.network.state_dict().items()}


class NeuralLearner:
    """Trains the network of a recipe."""

    def __init__(self, recipe: Recipe, examples: Examples) -> None:
        self.recipe, self.examples = recipe, examples
        self._names = recipe.architecture.inputs

    def network(self) -> Standardised:
        """Make the network, untrained.

        Raises
        ------
        ModelError
            If the options do not fit the shape of the inputs.
        """
        example = {name: self.examples.inputs[name][:2] for name in self._names}
        shapes = {name: (x.shape[1],) if x.ndim == 2 else (x.shape[1], 1) for name, x in example.items()}
        try:
            inner = resolve(self.recipe.architecture.builder)(
                len(self.examples.targets), **self.recipe.options
            )
            network = Standardised(inner, self._names, shapes, len(self.examples.targets))
            network.eval()
            # Lazy layers learn their sizes from the first pass.
            with torch.no_grad():
                output = network(*(torch.from_numpy(np.asarray(example[name])) for name in self._names))
        except (RuntimeError, ValueError, ParameterError) as error:
            raise ModelError(f"{self.recipe.name}: its options do not fit the inputs: {error}") from error
        if output.shape[1] != len(self.examples.targets):
            raise ModelError(
                f"{self.recipe.name}: the network gives {output.shape[1]} values,"
                f" not {len(self.examples.targets)}"
            )
        return network

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> NetworkModel:
        """Make a trained network of its weights.

        Raises
        ------
        ModelError
            If they are those of another network.
        """
        network = self.network()
        try:
            network.load_state_dict({name: torch.from_numpy(values) for name, values in arrays.items()})
        except RuntimeError as error:
            raise ModelError(f"{self.recipe.name}: the weights are another network's: {error}") from error
        return NetworkModel(network, is_genre=self.examples.is_genre)

    def fit(self, part: Part, fold: Fold) -> NetworkModel:
        """Train; a run that was killed goes on with the epoch after the last whole one.

        Raises
        ------
        ModelError
            If memory runs out, the loss is no number any more, or the options do not fit the data.
        """
        settings = self.recipe.training
        seed = settings.seed + _SEED_OF_FOLD * fold.number
        torch.manual_seed(seed)
        train = self._loader(part.train, seed)
        task = NetworkTask(
            self._start(part, fold),
            settings,
            n_batches=len(train),
            seed=seed,
            is_genre=self.examples.is_genre,
        )
        # The last is written at the end of every epoch, after its line of the history; the best only if it is.
        shared = {"save_on_train_epoch_end": True, "enable_version_counter": False}
        best = ModelCheckpoint(
            fold.folder, filename="best", monitor="validation_loss", save_weights_only=True, **shared
        )
        last = ModelCheckpoint(fold.folder, filename="last", **shared)
        kept = fold.folder / "last.ckpt"
        known = len(read_history(fold.folder)) if kept.is_file() else 0
        with self._said_plainly():
            self._trainer(fold, len(train), [best, last]).fit(
                task,
                train,
                self._loader(part.validation, None),
                ckpt_path=str(kept) if kept.is_file() else None,
                weights_only=True,
            )
        if settings.devices > 1:  # the processes that trained could not tell
            for epoch in read_history(fold.folder)[known:]:
                fold.on_epoch(epoch)
        if settings.patience and best.best_model_path:
            state = torch.load(best.best_model_path, map_location="cpu", weights_only=True)
            task.load_state_dict(state["state_dict"])
        # Several times the size of the weights; who is killed before these are kept does the fold again.
        for checkpoint in fold.folder.glob("*.ckpt"):
            checkpoint.unlink()
        return NetworkModel(task.network.cpu(), is_genre=self.examples.is_genre)

    def _start(self, part: Part, fold: Fold) -> Standardised:
        """Make the network that training begins with: scales from the training rows, weights that it is given."""
        examples = self.examples
        labelled = (examples.weights[part.train] > 0).T
        if empty := [name for name, rows in zip(examples.targets, labelled, strict=True) if not rows.any()]:
            raise ModelError(f"{self.recipe.name}: no training row has a label of {', '.join(empty)}")
        network = self.network()
        network.train()  # Lightning leaves it in the mode that it finds it in
        inner = network.network
        if isinstance(inner, Pretrained):
            inner.load_pretrained(fold.number, [examples.ids[row] for row in part.test])
        if not self.recipe.training.standardise:
            return network
        if not getattr(inner, "scales_itself", False):
            for name in self._names:
                network.set_scale(name, examples.inputs[name][part.train])
        if not examples.is_genre and not getattr(inner, "in_unit_range", False):
            labels, weights = examples.values[part.train], examples.weights[part.train]
            network.set_offset(np.average(np.nan_to_num(labels), axis=0, weights=weights))
        return network

    @contextmanager
    def _said_plainly(self) -> Iterator[None]:
        """Turn what can go wrong while training into errors that say what to do."""
        name, size = self.recipe.name, self.recipe.training.batch_size
        try:
            yield
        except ProcessRaisedException as error:
            raise ModelError(f"{name}: a process failed: {str(error).strip().splitlines()[-1]}") from error
        except (RuntimeError, MemoryError) as error:
            if not isinstance(error, MemoryError) and "memory" not in str(error).lower():
                raise
            raise ModelError(
                f"{name}: memory ran out with batches of {size};"
                f" try --set training.batch_size={max(1, size // 2)}"
            ) from error

    def _trainer(self, fold: Fold, n_batches: int, checkpoints: list[Callback]) -> Trainer:
        settings = self.recipe.training
        tried = fold.max_steps if fold.max_steps > 0 else n_batches * settings.epochs
        for name in ("lightning.pytorch", "lightning.fabric"):
            logging.getLogger(name).setLevel(logging.ERROR)
        # Advice on workers and logging intervals, which is not for who trains with a recipe.
        warnings.filterwarnings("ignore", module="lightning")
        callbacks = [*checkpoints, HistoryCallback(fold)]
        if settings.patience:
            callbacks.append(EarlyStopping("validation_loss", patience=settings.patience, check_finite=False))
        return Trainer(
            accelerator="auto",
            devices=settings.devices,
            strategy="ddp_spawn" if settings.devices > 1 else "auto",
            use_distributed_sampler=False,
            precision=settings.precision,
            # Epochs end with their validation, also where a recipe is only tried out.
            max_epochs=min(settings.epochs, -(-tried // n_batches)),
            limit_train_batches=min(tried, n_batches),
            gradient_clip_val=settings.clip_norm or None,
            logger=TensorBoardLogger(fold.folder, name="", version="tensorboard"),
            log_every_n_steps=n_batches,
            callbacks=callbacks,
            # Averages over a grid have no reproducible gradient on CUDA; all else has.
            deterministic="warn",
            num_sanity_val_steps=0,
            enable_progress_bar=False,
            enable_model_summary=False,
        )

    def _loader(self, rows: Rows, seed: int | None) -> DataLoader[Any]:
        batches = _Batches(len(rows), self.recipe.training.batch_size, seed)
        return DataLoader(_RowsOfTensors(self.examples, self._names, rows), sampler=batches, batch_size=None)


class _RowsOfTensors(Dataset[Any]):
    """Rows of the examples, a batch at a time: inputs in the order of the network's arguments, labels, weights."""

    def __init__(self, examples: Examples, names: tuple[str, ...], rows: Rows) -> None:
        inputs = [torch.from_numpy(np.asarray(examples.inputs[name])) for name in names]
        self._tensors = (
            *inputs,
            torch.from_numpy(np.nan_to_num(examples.values).astype(np.float32)),
            torch.from_numpy(examples.weights.astype(np.float32)),
        )
        self._rows = torch.from_numpy(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, places: Tensor) -> tuple[Tensor, ...]:
        rows = self._rows[places]
        return tuple(values[rows] for values in self._tensors)


class _Batches(Sampler[Tensor]):
    """Places of rows, a batch at a time; processes that share the work each get their part of every batch.

    Parameters
    ----------
    n, size : int
        Rows, and rows in a batch.
    seed : int or None
        For another order in every epoch, the same whether or not the run was interrupted; None: in order.
    """

    def __init__(self, n: int, size: int, seed: int | None) -> None:
        self._n, self._size, self._seed = n, size, seed
        self.epoch = 0  # set by the task: what Lightning would set is one off after a run was gone on with

    def _rank(self) -> tuple[int, int]:
        if distributed.is_available() and distributed.is_initialized():
            return distributed.get_rank(), distributed.get_world_size()
        return 0, 1

    def __len__(self) -> int:
        """All processes take as many steps; a rest with one row a process would break batch normalisation."""
        whole, rest = divmod(self._n, self._size)
        least = self._rank()[1] * (1 if self._seed is None else 2)
        return max(1, whole + (rest >= least))

    def __iter__(self) -> Iterator[Tensor]:
        order = torch.arange(self._n)
        if self._seed is not None:
            generator = torch.Generator().manual_seed(self._seed * 100_003 + self.epoch)
            order = torch.randperm(self._n, generator=generator)
        rank, n_ranks = self._rank()
        for places in order.split(self._size)[: len(self)]:
            yield places[rank::n_ranks]
