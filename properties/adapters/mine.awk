# Softmax cross-entropy in awk, to be judged (mawk reads line by line only if told to):
#   ./xent check --command 'mawk -W interactive -f properties/adapters/mine.awk'

# The element at position `at` of the row's bits: a binary32, "nan", "inf" or "-inf".
function element(at,   i, n, sign, field) {
  for (i = 0; i < 8; ++i) n = 16 * n + index("0123456789abcdef", substr(bits, 8 * at + i + 1, 1)) - 1
  if (n >= 2147483648) { sign = "-"; n -= 2147483648 }
  field = int(n / 8388608)
  n %= 8388608
  if (field == 255) return n > 0 ? "nan" : sign "inf"
  return (sign == "-" ? -1 : 1) * (field > 0 ? n + 8388608 : n) * 2 ^ ((field > 0 ? field : 1) - 150)
}

function loss(row, target,   c, x, max, sum) {
  max = "-inf"
  for (c = 0; c < classes; ++c) {
    x[c] = element(row * classes + c)
    if (x[c] == "nan" || x[c] == "inf") return "\"nan\""
    if (x[c] != "-inf" && (max == "-inf" || x[c] > max)) max = x[c]
  }
  if (max == "-inf") return "\"nan\""
  if (x[target] == "-inf") return "\"inf\""
  for (c = 0; c < classes; ++c) if (x[c] != "-inf" && x[c] - max > -700) sum += exp(x[c] - max)
  return sprintf("%.17g", (max - x[target]) + log(sum))
}

# The value of a key that is followed by text of these characters.
function value(key, characters) {
  return match($0, "\"" key "\":[\"[]?" characters) ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) : ""
}

BEGIN {
  print "{\"declare\":\"mine.awk\",\"version\":\"1\",\"claims\":[{\"loss\":\"softmax_cross_entropy\",\"input_formats\":[\"binary32\"]," \
        "\"loss_formats\":[\"binary32\"],\"compute_format\":\"binary64\"}]}"
  fflush()
}

{
  id = value("id", "[^\"]*")
  sub(/^"/, "", id)
  classes = value("classes", "[0-9]*") + 0
  bits = value("bits", "[0-9a-f]*")
  sub(/^"/, "", bits)
  targets = value("targets", "[-0-9,]*")
  sub(/^\[/, "", targets)
  rows = split(targets, target, ",")
  status = $0 ~ /"conventions"/ ? "unsupported" : "ok"
  for (row = 1; row <= rows; ++row) if (target[row] < 0 || target[row] >= classes) status = "target_out_of_range"
  list = ""
  for (row = 1; row <= rows && status == "ok"; ++row) list = list (row > 1 ? "," : "") loss(row - 1, target[row] + 0)
  print "{\"id\":\"" id "\",\"status\":\"" status "\"" (status == "ok" ? ",\"loss\":[" list "]" : "") "}"
  fflush()
}
