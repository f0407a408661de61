"""JAX on the CPU: ./xent check --command 'build/peers-python/bin/python properties/adapters/jax_nn.py'"""
import jax
import numpy
from jax import numpy as jnp

from xent_program import serve

# Shapes are compiled one by one: a row of each length, again and again, instead of every matrix.
LOSSES = {
    "softmax_cross_entropy": jax.jit(lambda x, target: -jax.nn.log_softmax(x)[target]),
    "log_sum_exp": jax.jit(lambda x, target: jax.nn.logsumexp(x)),
    "softmax": jax.jit(lambda x, target: jax.nn.softmax(x)),
    "log_softmax": jax.jit(lambda x, target: jax.nn.log_softmax(x)),
}
GRADIENTS = {name: jax.jit(jax.grad(LOSSES[name])) for name in ("softmax_cross_entropy", "log_sum_exp")}


def answer(case):
    targets = case.get("targets", [0] * case["rows"])
    if not all(0 <= t < case["classes"] for t in targets):
        return "target_out_of_range"
    rows = list(zip(numpy.array(case["input"], dtype=numpy.float32).reshape(case["rows"], case["classes"]), targets))
    losses = [float(value) for x, t in rows for value in jnp.ravel(LOSSES[case["loss"]](x, t))]
    if case.get("wanted") != "gradient":
        return losses
    return losses, [float(value) for x, t in rows for value in GRADIENTS[case["loss"]](x, t)]


def claim(loss, **more):
    binary32 = ["binary32"]
    return {"loss": loss, "input_formats": binary32, "loss_formats": binary32, "target_formats": ["int64"],
            "compute_format": "binary32", "exp_error": "4", "log_error": "4",
            "guarantees": ["flushes_subnormals"], **more}


serve({"declare": "JAX", "version": jax.__version__,
       "claims": [claim("softmax_cross_entropy", grad_formats=["binary32"]),
                  claim("log_sum_exp", grad_formats=["binary32"]), claim("softmax"), claim("log_softmax")]}, answer)
