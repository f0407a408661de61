"""scikit-learn: ./xent check --command 'build/peers-python/bin/python properties/adapters/scikit_learn.py'"""
import warnings

import numpy
import sklearn
from sklearn.metrics import log_loss

from xent_program import serve

warnings.simplefilter("ignore")  # of probabilities that do not sum to 1, which it uses as they are


def answer(case):
    classes = range(case["classes"])
    if not all(t in classes for t in case["targets"]):
        return "target_out_of_range"
    try:
        return [log_loss(case["targets"], numpy.array(case["input"]), labels=classes,
                         normalize=case["reduction"] == "mean", sample_weight=case.get("sample_weights"))]
    except ValueError:  # a single class, or NaN
        return "unsupported"


serve({"declare": "scikit-learn", "version": sklearn.__version__,
       "conventions": {"denominator": "valid_weights", "clip": "0x1p-52"},
       "claims": [{"loss": "nll", "reductions": ["sum", "mean"], "options": ["hard_targets", "sample_weights"],
                   "summation": "pairwise"}]}, answer)
