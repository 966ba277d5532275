"""What Lightning is told about a network: its losses, its optimiser, and what happens in a step."""

from __future__ import annotations

from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback
from torch import Tensor
from torch.nn import functional

from reprise.errors import ModelError
from reprise.models.neural.standardised import Standardised
from reprise.training.augment import augment
from reprise.training.history import Epoch, add_epoch
from reprise.training.learner import Fold
from reprise.training.recipe import TrainingSettings

__all__ = ["HistoryCallback", "NetworkTask"]

_OPTIMIZERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}


class NetworkTask(LightningModule):
    """A network with the settings it is trained by.

    Parameters
    ----------
    network : Standardised
    settings : TrainingSettings
    n_batches : int
        In an epoch.
    seed : int
        Of everything random in training.
    is_genre : bool
    """

    def __init__(
        self, network: Standardised, settings: TrainingSettings, *, n_batches: int, seed: int, is_genre: bool
    ) -> None:
        super().__init__()
        self.network, self._settings = network, settings
        self._n_batches, self._seed, self._is_genre = n_batches, seed, is_genre

    def on_train_epoch_start(self) -> None:
        """Give every epoch an order of its own."""
        self.trainer.train_dataloader.sampler.epoch = self.current_epoch

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Start every step from a seed of its own, so that a run gone on with is the run not stopped."""
        torch.manual_seed(self._seed + 7919 * (self.global_step + 1))

    def training_step(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Return the loss of a batch.

        Raises
        ------
        ModelError
            If the loss is no number any more.
        """
        *inputs, values, weights = batch
        scaled, values, weights = augment(
            self.network.scale(*inputs), values, weights, self._settings.augment
        )
        loss = self._loss(self.network.judge(scaled), values, weights)
        if not torch.isfinite(loss):
            raise ModelError(
                f"the loss is {loss.item()} in epoch {self.current_epoch + 1}: it has run away;"
                " try a lower learning_rate, or clip_norm = 1.0"
            )
        n = len(values)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=n, sync_dist=True)
        return loss

    def validation_step(self, batch: tuple[Tensor, ...]) -> None:
        """Note the loss and the metric of a batch."""
        *inputs, values, weights = batch
        output = self.network(*inputs)
        n = len(values)
        self.log("validation_loss", self._loss(output, values, weights), batch_size=n, sync_dist=True)
        if self._is_genre:
            metric = (output.argmax(dim=1) == values.argmax(dim=1)).float().mean()
        else:
            metric = _mean((output.clamp(0, 1) - values).abs(), weights)
        self.log("validation_metric", metric, batch_size=n, sync_dist=True)

    def configure_optimizers(self) -> Any:
        """Return the optimiser, with the schedule of its rate."""
        settings = self._settings
        optimizer = _OPTIMIZERS[settings.optimizer](
            (p for p in self.network.parameters() if p.requires_grad),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )
        steps = settings.epochs * self._n_batches
        if settings.schedule == "plateau":
            plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=3, factor=0.5)
            return {
                "optimizer": optimizer,
                "lr_scheduler": {"scheduler": plateau, "monitor": "validation_loss"},
            }
        if settings.schedule == "constant":
            return optimizer
        schedule: torch.optim.lr_scheduler.LRScheduler = (
            torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
            if settings.schedule == "cosine"
            else torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.learning_rate, total_steps=steps + 1)
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _loss(self, output: Tensor, values: Tensor, weights: Tensor) -> Tensor:
        if self._is_genre:
            return _mean(functional.cross_entropy(output, values, reduction="none"), weights[:, 0])
        each = {"mse": functional.mse_loss, "mae": functional.l1_loss, "smooth_l1": functional.smooth_l1_loss}
        return _mean(each[self._settings.loss](output, values, reduction="none"), weights)


class HistoryCallback(Callback):
    """Writes every epoch down, and tells whoever listens to the fold."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold

    def __getstate__(self) -> dict[str, Any]:
        # Who listens stays in the process that began the training.
        return {"_fold": Fold(number=self._fold.number, folder=self._fold.folder, on_epoch=_nobody)}

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the epoch; Lightning has validated it by now."""
        if not trainer.is_global_zero:
            return
        seen: dict[str, Any] = trainer.callback_metrics
        train_loss, validation_loss, metric = (
            float(seen.get(name, float("nan")))
            for name in ("train_loss", "validation_loss", "validation_metric")
        )
        epoch = Epoch(
            number=trainer.current_epoch + 1,
            train_loss=train_loss,
            validation_loss=validation_loss,
            metric=metric,
            learning_rate=float(trainer.optimizers[0].param_groups[0]["lr"]),
        )
        if trainer.logger:
            trainer.logger.log_metrics({"learning_rate": epoch.learning_rate}, step=trainer.global_step)
        add_epoch(self._fold.folder, epoch)
        self._fold.on_epoch(epoch)


def _nobody(epoch: Epoch) -> None:
    pass


def _mean(errors: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean; 0 where nothing has a label."""
    return (errors * weights).sum() / weights.sum().clamp(min=1e-6)
