// The one case format: a problem with exact bits and, where known, its certified answer, as one line of JSON.
//
//   {"id":"dog","source":"section 1","loss":"cross_entropy","rows":1,"classes":3,
//    "input":{"space":"probabilities","numbers":["0.1","0.7","0.2"]},
//    "target_probs":{"space":"probabilities","numbers":["0","1","0"]},
//    "answer":[{"status":"rounded","value":"0.35667494393873237891","lower":"0x1.6d...p-2","upper":"0x1.6d...p-2",
//               "precision_bits":96,"fp8_e5m2":"0x1.8p-2",...,"binary64":"0x1.6d3c324e13f4fp-2"}]}
//
// Numbers are exact text ("0.1", "1/3", "0x1p-149", "-inf"), or, with "format":"binary32", the bit patterns
// of all elements as hexadecimal digits, most significant first, without separators:
// "bits":"3f80000040000000". (Exact numbers that the format does not have may stand beside a format: what is
// asked is then their own loss, and a program that computes in the format is handed the nearest floats.)
// Absent keys are off. A line is a golden vector, a shrunk counter-example, and the message between programs.
//
// Further keys, in this order: "printed" after "source"; "wanted" (loss, gradient, target_gradient) after
// "classes"; after "input": "targets" (integers), "target_format", "target_probs", "ignore_index",
// "class_weights", "sample_weights", "upstream", "label_smoothing", "temperature", "scale", "softcap",
// "z_loss", "base" (exact texts), "reduction" (none, sum, mean), "conventions" (an object with the fields of
// xent_conventions), "threads", "loss_format", "parameters", "answer". See decode_test.py for a reader.
#ifndef XENT_GOLDEN_CASE_H
#define XENT_GOLDEN_CASE_H

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reference/certify.h"

namespace xent::golden {

// One certified output. Roundings are to nearest even, as hexadecimal floats; the enclosure's ends are exact.
struct Answer {
  std::string status;  // "exact", "rounded", "infinite", "nan" or "undecided"
  std::string value;   // decimal digits; empty when undecided
  std::string lower;   // hexadecimal; empty for infinite and nan
  std::string upper;
  int precision_bits = 0;
  std::map<std::string, std::string, std::less<>> rounded;  // by format; absent when undecided

  // The rounding to a format, by name; empty when undecided.
  std::string to(std::string_view format) const;
};

struct Case {
  std::string id;
  std::string source;  // where the question comes from
  // The decimal that the source prints for the value, if any: what the true value rounds to at as many
  // digits.
  std::string printed;
  reference::Problem problem;
  // Parameters of the law that the case was found by, as decimal integers or exact numbers; see
  // properties/law.h.
  std::vector<std::string> parameters;
  std::vector<Answer> answers;  // empty: not certified
};

// One line, without the newline. Reading it and writing it again gives the same bytes. NaN payloads are not
// kept.
std::string write(const Case& c);
// That of a case with no more than an id and a problem.
std::string write(const std::string& id, const reference::Problem& problem);
// Shapes must agree; whether the problem is one that can be answered is reference::check's to say.
// Status: an error names the key, what was found and what is accepted.
reference::Expected<Case> read(std::string_view line);
// All cases of a text, one a line; an error also names the line number. Empty lines are skipped.
reference::Expected<std::vector<Case>> read_all(std::string_view text);

// The certified answers of a problem: `digits` significant decimals each. What is undecided at the precision
// cap is left empty. Domain: digits >= 1. Status: the error of reference::check.
reference::Expected<std::vector<Answer>> answer(const reference::Problem& problem, int digits);

}  // namespace xent::golden

#endif  // XENT_GOLDEN_CASE_H
