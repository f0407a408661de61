"""How to read a case with nothing but json and struct, and a check that this works on the cases in the files named."""

import json
import struct
import sys

LAYOUTS = {"binary16": ("e", 4, ""), "bfloat16": ("f", 4, "0000"), "binary32": ("f", 8, ""), "binary64": ("d", 16, "")}


def numbers(matrix):
    """The elements, row after row: floats where the case has bits, otherwise their exact text."""
    if "numbers" in matrix:
        return matrix["numbers"]
    (code, width, pad), bits = LAYOUTS[matrix["format"]], matrix["bits"]
    return [struct.unpack(">" + code, bytes.fromhex(bits[i : i + width] + pad))[0] for i in range(0, len(bits), width)]


def check(condition, message):
    if not condition:
        sys.exit(message)


def main(files):
    for layout, bits in {"binary16": "3e00800000010000", "bfloat16": "3fc0800000010000",
                         "binary32": "3fc00000800000000000000100000000"}.items():
        smallest = {"binary16": 2.0**-24, "bfloat16": 2.0**-133, "binary32": 2.0**-149}[layout]
        found = numbers({"format": layout, "bits": bits})
        check(found == [1.5, -0.0, smallest, 0.0] and str(found[1]) == "-0.0", f"{layout}: {found}")
    count = 0
    for file in files:
        for line in open(file, encoding="utf-8"):
            case = json.loads(line)
            check(len(numbers(case["input"])) == case["rows"] * case["classes"], f"{case['id']}: wrong count")
            for answer in case["answer"]:
                if answer["status"] == "rounded":
                    stored = float.fromhex(answer["binary64"])
                    check(float(answer["value"]) == stored, f"{case['id']}: {answer['value']} is not {stored.hex()}")
            count += 1
    check(count > 0, "no cases")
    print(f"{count} cases decoded")


if __name__ == "__main__":
    main(sys.argv[1:])
