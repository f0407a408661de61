"""ONNX Runtime: ./xent check --command 'build/peers-python/bin/python properties/adapters/onnx_runtime.py'"""
import numpy
import onnxruntime
from onnx import TensorProto, helper

from xent_program import serve


def session(operator):
    """One of the operators over the last axis of a matrix of any shape."""
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", "classes"]) for name in "xy")
    graph = helper.make_graph([helper.make_node(operator, ["x"], ["y"], axis=-1)], operator, [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


SESSIONS = {"softmax": session("Softmax"), "log_softmax": session("LogSoftmax")}


def answer(case):
    targets = case.get("targets", [])
    if not all(0 <= t < case["classes"] for t in targets):
        return "target_out_of_range"
    x = numpy.array(case["input"], dtype=numpy.float32).reshape(case["rows"], case["classes"])
    if case["loss"] in SESSIONS:
        return SESSIONS[case["loss"]].run(None, {"x": x})[0].ravel().tolist()
    # What SoftmaxCrossEntropyLoss is made of, which is an operator of training alone.
    logs = SESSIONS["log_softmax"].run(None, {"x": x})[0]
    return (-logs[numpy.arange(case["rows"]), targets]).tolist()


def claim(loss):
    binary32 = ["binary32"]
    return {"loss": loss, "input_formats": binary32, "loss_formats": binary32, "target_formats": ["int64"],
            "compute_format": "binary32", "exp_error": "4", "log_error": "4"}


serve({"declare": "ONNX Runtime", "version": onnxruntime.__version__,
       "claims": [claim(loss) for loss in ("softmax_cross_entropy", "softmax", "log_softmax")]}, answer)
