"""PyTorch on the CPU: ./xent check --command '/usr/bin/python3 properties/adapters/pytorch.py'"""
import torch
from torch.nn import functional

from xent_program import serve

NO_TARGET = -2**62  # its own -100 is ignored even where nobody asks for it


def tensor(numbers):
    return torch.tensor(numbers, dtype=torch.float32)


def labels(case):
    weights = case.get("class_weights")
    return {"target": torch.tensor(case["targets"], dtype=torch.int64), "reduction": case.get("reduction", "none"),
            "weight": None if weights is None else tensor(weights),
            "ignore_index": case.get("ignore_index", NO_TARGET)}


def kl(x, case):
    losses = functional.kl_div(x, tensor(case["target_probs"]), reduction="none").sum(dim=1)
    return losses.sum() if case.get("reduction") == "sum" else losses


LOSSES = {
    "softmax_cross_entropy": lambda x, case: functional.cross_entropy(
        x, label_smoothing=case.get("label_smoothing", 0.0), **labels(case)),
    "nll": lambda x, case: functional.nll_loss(x, **labels(case)),
    "kl": kl,
    "log_sum_exp": lambda x, case: torch.logsumexp(x, dim=1),
    "softmax": lambda x, case: torch.softmax(x, dim=1),
    "log_softmax": lambda x, case: torch.log_softmax(x, dim=1),
}


def answer(case):
    x = tensor(case["input"]).reshape(case["rows"], case["classes"]).requires_grad_()
    try:
        loss = LOSSES[case["loss"]](x, case)
    except IndexError:
        return "target_out_of_range"
    losses = loss.detach().flatten().tolist()
    if case.get("wanted") != "gradient":
        return losses
    upstream = case.get("upstream")
    loss.backward(torch.ones_like(loss) if upstream is None else tensor(upstream).reshape(loss.shape))
    return losses, x.grad.flatten().tolist()


def claim(loss, **more):
    binary32 = ["binary32"]
    return {"loss": loss, "input_formats": binary32, "loss_formats": binary32, "target_formats": ["int64", "binary32"],
            "compute_format": "binary32", "exp_error": "2", "log_error": "2", **more}


ALL = ["none", "sum", "mean"]
LABELS = ["hard_targets", "ignore_index", "class_weights", "upstream"]
serve({"declare": "PyTorch", "version": torch.__version__,
       "conventions": {"denominator": "valid_weights", "zero_weight_times_infinity": "nan"},
       "claims": [claim("softmax_cross_entropy", reductions=ALL, options=[*LABELS, "label_smoothing"],
                        grad_formats=["binary32"]),
                  claim("nll", input_spaces=["log_probabilities"], reductions=ALL, options=LABELS),
                  claim("kl", input_spaces=["log_probabilities"], reductions=["none", "sum"]),
                  claim("log_sum_exp", options=["upstream"], grad_formats=["binary32"], grade="lse"),
                  claim("softmax"), claim("log_softmax")]}, answer)
