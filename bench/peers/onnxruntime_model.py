"""ONNX Runtime's LogSoftmax, and Exp of it for the gradient, between memory that the caller names."""
import functools

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper

VERSION = onnxruntime.__version__
# Its file format, which older versions of the library must be able to read.
OPSET = 13
IR_VERSION = 8


def model(gradient):
    """log_probs = LogSoftmax(logits), and probs = Exp(log_probs) if there is to be a gradient."""

    def matrix(name):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", "classes"])

    nodes = [helper.make_node("LogSoftmax", ["logits"], ["log_probs"], axis=-1)]
    outputs = [matrix("log_probs")]
    if gradient:
        nodes.append(helper.make_node("Exp", ["log_probs"], ["probs"]))
        outputs.append(matrix("probs"))
    graph = helper.make_graph(nodes, "log_softmax", [matrix("logits")], outputs)
    opset = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION).SerializeToString()


@functools.lru_cache(maxsize=None)
def session(gradient, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model(gradient), options, providers=["CPUExecutionProvider"])


@functools.lru_cache(maxsize=64)
def bound(logits, log_probs, probs, rows, classes, threads):
    """A session and its inputs and outputs, by their addresses: nothing is copied. probs: 0 if not wanted."""
    runner = session(probs != 0, threads)
    binding = runner.io_binding()
    shape = (rows, classes)
    binding.bind_input("logits", "cpu", 0, numpy.float32, shape, logits)
    binding.bind_output("log_probs", "cpu", 0, numpy.float32, shape, log_probs)
    if probs != 0:
        binding.bind_output("probs", "cpu", 0, numpy.float32, shape, probs)
    return runner, binding


def run(*arguments):
    runner, binding = bound(*arguments)
    runner.run_with_iobinding(binding)
