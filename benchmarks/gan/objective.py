"""Generators of mixtures: which modes their samples hit, by plain numpy from the centres."""

import numpy as np
from benchopt import BaseObjective

SAMPLES = 2500


class Objective(BaseObjective):
    """Reverse KL of the shares of modes; also the modes hit, and the share of samples within 3 deviations of one."""

    name = "mixture"
    min_benchopt_version = "1.10"
    parameters = {"steps": [6000]}
    test_dataset_name = "ring"
    test_config = {"steps": 2, "dataset": {"seed": 0}}

    def set_data(self, mixture, seed):
        self.mixture, self.seed = mixture, seed
        self.centres = mixture.centres.numpy().astype(float)

    def get_objective(self):
        return {"mixture": self.mixture, "seed": self.seed, "steps": self.steps, "samples": SAMPLES}

    def evaluate_result(self, last, average, operator_calls):
        (kl_last, *_), (kl_average, modes, near) = self.judged(last), self.judged(average)
        return {
            "value": kl_average,
            "last": kl_last,
            "average": kl_average,
            "modes": modes,
            "high_quality": near,
            "operator_calls": operator_calls,
            "ended": False,
            "merit": "reverse KL of the shares of modes",
        }

    def judged(self, samples):
        """Return the reverse KL, how many modes are hit by 20 of 2500 samples, and the share near one."""
        apart = np.linalg.norm(samples[:, None, :] - self.centres[None], axis=2)
        own, near = apart.argmin(1), apart.min(1) <= 3 * self.mixture.std
        counts = np.bincount(own[near], minlength=len(self.centres))
        shares = counts[counts > 0] / max(counts.sum(), 1)
        # Nothing near any mode is as far as one mode alone, or farther.
        kl = float((shares * np.log(shares * len(self.centres))).sum()) if shares.size else np.log(len(self.centres))
        return kl, int((counts >= 20 * len(samples) / SAMPLES).sum()), float(near.mean())

    def get_one_result(self):
        samples = self.centres
        return {"last": samples, "average": samples, "operator_calls": 0}
