"""A recipe as a solver: the same networks for all, looked at twenty times on the way."""

import torch

from minmax import gan
from minmax.bench.solvers import LookedSolver

LOOKS = 20
WIDTH, DEEP, SHALLOW = 128, 7, 3  # those of benchmarks/tables/gan.py


class RecipeSolver(LookedSolver):
    """A recipe of the library, with its changes."""

    recipe = "r3gan"
    changes = {}
    evaluations = 1  # of both gradients in a step

    def set_objective(self, mixture, seed, steps, samples):
        self.mixture, self.steps, self.samples = mixture, steps, samples
        torch.manual_seed(seed)
        G = gan.mlp(2, *[WIDTH] * DEEP, 2, slope=0.2)
        D = gan.mlp(2, *[WIDTH] * SHALLOW, 1, slope=0.2)
        self.trainer = gan.Trainer(G, D, self.recipe, latent=2, noise="uniform", seed=seed, film=0, **self.changes)

    def run(self, look):
        if look():
            self.trainer.fit(
                self.mixture,
                steps=self.steps,
                every=max(self.steps // LOOKS, 1),
                callbacks=lambda trainer, row: not look(),
                progress=False,
            )

    def get_result(self):
        average, last = self.trainer.sample(self.samples), self.trainer.sample(self.samples, averaged=False)
        return {
            "last": last.numpy(),
            "average": average.numpy(),
            "operator_calls": self.trainer.steps * self.evaluations,
        }
