// A declaration as one line, from a process that cannot hand over a pointer.
//
//   {"declare":"mine","version":"1","claims":[{"loss":"softmax_cross_entropy","input_formats":["binary64"],
//    "loss_formats":["binary64"],"options":["hard_targets"],"grade":"shifted"}]}
//
// Only the name and the losses are required. The other members of a claim are those of xent_claim: lists of
// names for its sets, a name for summation and compute_format, exact text for exp_error and log_error;
// "conventions" beside "claims" is that of a case. Where a claim is silent it is the ordinary one:
// probabilities where the loss is of them, otherwise logits; binary64, and int64 for targets; reduction none,
// mean for a sequence; hard targets where soft ones are possible; no other option, no gradient and no
// guarantee; grade shifted.
#ifndef XENT_PROPERTIES_DECLARATION_LINE_H
#define XENT_PROPERTIES_DECLARATION_LINE_H

#include <memory>
#include <string>
#include <string_view>

#include "reference/expected.h"
#include "reference/xent.h"

namespace xent::properties {

// The line, without its newline. Domain: validate(implementation) has no error.
std::string write_declaration(const xent_implementation& implementation);

// What such a line declares; compute answers XENT_FAILED. Status: an error names the key, what was found and
// what is accepted, or what validate found.
reference::Expected<std::shared_ptr<const xent_implementation>> read_declaration(std::string_view line);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_DECLARATION_LINE_H
