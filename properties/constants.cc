#include "properties/constants.h"

#include <fmt/format.h>

#include "golden/names.h"
#include "properties/machine.h"

namespace xent::properties {
namespace {

// Of sums of the same length: compensated, pairwise, sequential.
int looseness(xent_summation summation) {
  if (summation == XENT_COMPENSATED) return 0;
  return summation == XENT_PAIRWISE ? 1 : 2;
}

}  // namespace

std::optional<Constants> constants_of(const xent_claim& claim, Grade grade) {
  if (grade <= Grade::ulp) return std::nullopt;
  return Constants{function_error(claim.exp_error), function_error(claim.log_error), claim.summation,
                   claim.compute_format};
}

bool are_no_weaker(const Constants& a, const Constants& b) {
  const bool has_format = b.compute_format != XENT_NO_FORMAT && a.compute_format != XENT_NO_FORMAT;
  const bool is_as_precise = has_format ? reference::format(a.compute_format).precision >=
                                              reference::format(b.compute_format).precision
                                        : a.compute_format == b.compute_format;
  return is_as_precise && a.exp_error <= b.exp_error && a.log_error <= b.log_error &&
         looseness(a.summation) <= looseness(b.summation);
}

std::string with_constants(const std::string& grade, const std::optional<Constants>& constants) {
  if (!constants) return grade;
  const xent_format format = constants->compute_format;
  return fmt::format("{} (exp {:.4g}u, log {:.4g}u, {} sums, u of {})", grade, constants->exp_error,
                     constants->log_error, golden::name_of(golden::kSummations, constants->summation),
                     format == XENT_NO_FORMAT ? "the input format" : reference::format(format).name);
}

}  // namespace xent::properties
