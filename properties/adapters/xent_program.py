"""What a Python program needs to be judged by `xent check --command`: the standard library and this file.

    from xent_program import serve
    serve({"declare": "mine", "claims": [{"loss": "softmax_cross_entropy"}]}, answer)

answer(case) is called with each case: the dictionary of the case's line, in which "input" and "target_probs" are lists
of rows of floats, and every other exact number is a float. It returns a list of the losses (rows after rows, where there
is one for each class); or the two lists of losses and of gradient entries, where case["wanted"] is "gradient"; or the
name of a status: "unsupported", "target_out_of_range", ... A case under other conventions than those declared is
answered "unsupported" without asking. Programs in other languages do what serve does, in their own words.
"""
import json
import struct
import sys

_LAYOUTS = {"fp8_e5m2": ("e", 2, "00"), "binary16": ("e", 4, ""), "bfloat16": ("f", 4, "0000"), "binary32": ("f", 8, ""),
            "binary64": ("d", 16, "")}
_EIGHT_BITS = "fp8_e4m3"  # which struct does not know
_TEXTS = ("label_smoothing", "temperature", "scale", "softcap", "z_loss", "base")
_LISTS = ("class_weights", "sample_weights", "upstream")


def number(text):
    """The float that a text of the case format stands for."""
    return float.fromhex(text) if "0x" in text else float(text)


def e4m3(byte):
    """The float with the bits of an OCP E4M3 number."""
    if byte & 127 == 127:
        return float("nan")
    field, fraction = byte >> 3 & 15, byte & 7
    return (-1.0 if byte & 128 else 1.0) * (fraction + (8 if field else 0)) * 2.0 ** (max(field, 1) - 10)


def rows(matrix, classes):
    """The rows of a case's "input" or "target_probs"."""
    if "numbers" in matrix:
        flat = [number(text) for text in matrix["numbers"]]
    elif matrix["format"] == _EIGHT_BITS:
        flat = [e4m3(byte) for byte in bytes.fromhex(matrix["bits"])]
    else:
        code, width, pad = _LAYOUTS[matrix["format"]]
        bits = matrix["bits"]
        if pad:
            bits = "".join(bits[i:i + width] + pad for i in range(0, len(bits), width))
        data = bytes.fromhex(bits)
        flat = list(struct.unpack(f">{len(data) // struct.calcsize(code)}{code}", data))
    return [flat[i:i + classes] for i in range(0, len(flat), classes)]


def decoded(line):
    """The case of a line."""
    case = json.loads(line)
    for key in ("input", "target_probs"):
        if key in case:
            case[key] = rows(case[key], case["classes"])
    for key in _TEXTS:
        if key in case:
            case[key] = number(case[key])
    for key in _LISTS:
        if key in case:
            case[key] = [number(text) for text in case[key]]
    return case


def answered(case, given):
    """The answer line of what answer(case) gave."""
    line = {"id": case["id"]}
    if isinstance(given, str):
        line["status"] = given
    elif case.get("wanted") == "gradient":
        line["loss"], line["grad"] = map(list, given)
    else:
        line["loss"] = list(given)
    return json.dumps(line)


def serve(declaration, answer):
    """Declares, then answers every case until there is none."""
    print(json.dumps(declaration), flush=True)
    for line in sys.stdin:
        case = decoded(line)
        same = case.get("conventions", {}) == declaration.get("conventions", {})
        print(answered(case, answer(case) if same else "unsupported"), flush=True)
