"""Generators of mixtures: how evenly their samples hit the modes, by plain numpy from the centres."""

import numpy as np
from benchopt import BaseObjective

SAMPLES = 2500


class Objective(BaseObjective):
    """How far the shares of samples near each mode are from equal ones: half the sum of all differences, misses too.

    One where no sample is within 3 deviations of a mode, `1 - 1/k` where all are at one of k.  The reverse KL of the
    shares among themselves, the modes hit and the share of hits are kept beside it.
    """

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
        (of_last, *_), (of_average, kl, modes, near) = self.judged(last), self.judged(average)
        return {
            "value": min(of_last, of_average),
            "last": of_last,
            "average": of_average,
            "kl": kl,
            "modes": modes,
            "high_quality": near,
            "operator_calls": operator_calls,
            "ended": False,
            "merit": "total variation from equal modes",
        }

    def judged(self, samples):
        """Return the total variation, the reverse KL, the modes hit by 20 of 2500 samples, the share near one."""
        if np.shape(samples)[1:] != self.centres.shape[1:] or not np.isfinite(samples).all():
            return 1.0, np.inf, 0, 0.0
        apart = np.linalg.norm(samples[:, None, :] - self.centres[None], axis=2)
        own, near = apart.argmin(1), apart.min(1) <= 3 * self.mixture.std
        k = len(self.centres)
        counts = np.bincount(own[near], minlength=k)
        shares, hit = counts / len(samples), counts[counts > 0] / max(counts.sum(), 1)
        variation = (np.abs(shares - 1 / k).sum() + 1.0 - shares.sum()) / 2
        kl = float((hit * np.log(hit * k)).sum()) if hit.size else np.inf
        return float(variation), kl, int((counts >= 20 * len(samples) / SAMPLES).sum()), float(near.mean())

    def get_one_result(self):
        samples = self.centres
        return {"last": samples, "average": samples, "operator_calls": 0}
