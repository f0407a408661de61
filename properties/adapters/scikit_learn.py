"""scikit-learn: ./xent check --command 'build/peers-python/bin/python properties/adapters/scikit_learn.py'"""
import warnings

import numpy
import sklearn
from sklearn.metrics import log_loss

from xent_program import serve

warnings.simplefilter("ignore")  # of probabilities that do not sum to 1, which it uses as they are


def answer(case):
    if not all(0 <= t < case["classes"] for t in case["targets"]):
        return "target_out_of_range"
    q = numpy.array(case["input"])
    if numpy.isnan(q).any():  # which it refuses
        return [numpy.nan]
    if case["classes"] == 1:  # which it refuses, too: there is another class, of probability 0
        q = numpy.hstack([q, numpy.zeros_like(q)])
    weights = case.get("sample_weights")
    if weights and not any(weights):  # and these
        return [0.0 if case["reduction"] == "sum" else numpy.nan]
    return [float(log_loss(case["targets"], q, labels=range(q.shape[1]), normalize=case["reduction"] == "mean",
                           sample_weight=weights))]


serve({"declare": "scikit-learn", "version": sklearn.__version__,
       "conventions": {"denominator": "valid_weights", "clip": "0x1p-52"},
       "claims": [{"loss": "nll", "reductions": ["sum", "mean"], "options": ["hard_targets", "sample_weights"],
                   "summation": "pairwise"}]}, answer)
