"""SciPy: ./xent check --command 'build/peers-python/bin/python properties/adapters/scipy_special.py'"""
import numpy
import scipy
from scipy import special

from xent_program import serve

BINARY32 = {
    "log_sum_exp": lambda x, p: special.logsumexp(x, axis=1),
    "softmax": lambda x, p: special.softmax(x, axis=1),
    "log_softmax": lambda x, p: special.log_softmax(x, axis=1),
}
BINARY64 = {
    "entropy": lambda x, p: special.entr(x).sum(axis=1),
    "kl": lambda x, p: special.rel_entr(p, x).sum(axis=1),
    "generalised_kl": lambda x, p: special.kl_div(p, x).sum(axis=1),
}


def answer(case):
    of_logits = case["loss"] in BINARY32
    matrix = lambda key: numpy.array(case.get(key, case["input"]), dtype=numpy.float32 if of_logits else numpy.float64)
    function = (BINARY32 if of_logits else BINARY64)[case["loss"]]
    with numpy.errstate(all="ignore"):
        return function(matrix("input"), matrix("target_probs")).ravel().tolist()


def claim(loss, number):
    return {"loss": loss, "input_formats": [number], "loss_formats": [number], "target_formats": [number],
            "compute_format": number, "summation": "pairwise", "exp_error": "8", "log_error": "8"}


serve({"declare": "SciPy", "version": scipy.__version__,
       "claims": [claim(loss, "binary32") for loss in BINARY32] + [
           {**claim(loss, "binary64"), "log_error": "4"} for loss in BINARY64]}, answer)
