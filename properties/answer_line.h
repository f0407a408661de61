// What a program writes in answer to a case.
//
//   {"id":"7","loss":{"format":"binary32","bits":"3ed0b27c"}}
//   {"id":"7","loss":[0.40760596444438],"grad":["-0x1.2p-2","inf",0.5]}
//   {"id":"7","status":"unsupported"}
//
// The id is that of the case. "loss" has a value for each row, one when reduced, rows x classes for softmax
// and log_softmax; with "wanted":"gradient" there is "grad" as well, rows x classes, in the case's
// loss_format, and the loss beside it is in that format if the claim has losses in it, otherwise in the
// widest it has. Values are bit patterns as in a case, or a list. In a list JSON numbers are binary64 (NaN,
// Infinity and -Infinity are understood), and texts are exact decimals, fractions or hexadecimal floats; both
// are rounded to the format that was asked for, to nearest, ties to even. A list of one may be the value
// alone. "status" is ok where absent, or unsupported, invalid, target_out_of_range, out_of_memory, failed.
#ifndef XENT_PROPERTIES_ANSWER_LINE_H
#define XENT_PROPERTIES_ANSWER_LINE_H

#include <optional>
#include <string>
#include <string_view>

#include "properties/subject.h"

namespace xent::properties {

// What an answer has to fit.
struct Asked {
  std::string id;
  std::int64_t losses = 0;
  xent_format loss_format = XENT_BINARY64;
  std::int64_t entries = 0;  // of the gradient; 0: not wanted
  xent_format grad_format = XENT_BINARY64;
};

// What the answer of the implementation to the problem has to fit, in the case of that id.
Asked asked_of(const std::string& id, const reference::Problem& problem,
               const xent_implementation& implementation);

// The id that an answer is for; none if the line has none.
std::optional<std::string> id_of_answer(std::string_view line);

// The answer; one that does not fit is a defect, which names the key, what was found and what is accepted.
Response read_answer(std::string_view line, const Asked& asked);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_ANSWER_LINE_H
