"""Generative adversarial networks: trained by recipes, on data without downloads, judged by what they sample."""

try:
    import torch  # noqa: F401
except ImportError:
    raise ImportError('`minmax.gan` trains torch modules: pip install "minmax[torch]".') from None

from minmax.gan.classifiers import Classes, Classifier, classifier_test
from minmax.gan.data import Mixture, digits, gaussian, grid, read_cifar10, read_idx, ring, swiss_roll
from minmax.gan.ensembles import fit_together
from minmax.gan.film import Film
from minmax.gan.gaps import DualityGap, critic_gap, duality_gap
from minmax.gan.judgement import judge
from minmax.gan.losses import LOSSES, Loss
from minmax.gan.metrics import (
    Coverage,
    Neighbours,
    Significance,
    frechet,
    kernel_distance,
    memorised,
    mmd,
    modes,
    neighbours,
    same_distribution,
    sliced_wasserstein,
)
from minmax.gan.networks import image_discriminator, image_generator, mlp
from minmax.gan.recipes import RECIPES, Recipe
from minmax.gan.trainer import Trainer

__all__ = [
    "LOSSES",
    "RECIPES",
    "Classes",
    "Classifier",
    "Coverage",
    "DualityGap",
    "Film",
    "Loss",
    "Mixture",
    "Neighbours",
    "Recipe",
    "Significance",
    "Trainer",
    "classifier_test",
    "critic_gap",
    "digits",
    "duality_gap",
    "fit_together",
    "frechet",
    "gaussian",
    "grid",
    "image_discriminator",
    "image_generator",
    "judge",
    "kernel_distance",
    "memorised",
    "mlp",
    "mmd",
    "modes",
    "neighbours",
    "read_cifar10",
    "read_idx",
    "ring",
    "same_distribution",
    "sliced_wasserstein",
    "swiss_roll",
]
