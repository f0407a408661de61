"""Softmax cross-entropy in Python, to be judged: ./xent check --command 'python3 properties/adapters/mine.py'"""
from math import exp, inf, isnan, log, nan

from xent_program import serve


def loss(x, target):
    m = max(x)
    return nan if any(map(isnan, x)) or abs(m) == inf else m - x[target] + log(sum(exp(v - m) for v in x))


def answer(case):
    if not all(0 <= t < case["classes"] for t in case["targets"]):
        return "target_out_of_range"
    return [loss(x, t) for x, t in zip(case["input"], case["targets"])]


serve({"declare": "mine.py", "version": "1", "claims": [{"loss": "softmax_cross_entropy"}]}, answer)
