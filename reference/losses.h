// The catalogue of losses: one row each. To add a loss, write its file pair and add its row in losses.cc; the
// command line, the judge, the documentation table and the tests read the row.
#ifndef XENT_REFERENCE_LOSSES_H
#define XENT_REFERENCE_LOSSES_H

#include <span>
#include <string_view>
#include <vector>

#include "reference/certified.h"
#include "reference/problem.h"

namespace xent::reference {

// What the exact values of a loss are made of; see the theorems of log_form.h.
struct Loss {
  const char* name;         // as in the contract
  const char* formula;      // of one row, in nats
  const char* domain;       // what is accepted, and what infinities and zeros give
  const char* exact_cases;  // when the value is rational, so that rounding needs a theorem
  const char* source;

  unsigned input_spaces;    // set of xent_space
  bool needs_targets;       // hard labels
  bool needs_target_probs;  // a distribution P; with needs_targets: either of the two
  bool always_mean;         // one value whatever the rows: asked with XENT_MEAN
  bool exponentiate;        // the result is e^(the reduced row values)

  // The row's value. Domain: a problem that check() accepts, row not ignored.
  LogForm (*row)(const Problem& problem, std::int64_t row);
};

std::span<const Loss> losses();
const Loss* find_loss(std::string_view name);

// validate(), and whether the reference can certify this problem. Status: the first thing that is wrong.
std::optional<Error> check(const Problem& problem);

// The true values: one a row for reduction none, otherwise one. Rows that are ignored have the value 0.
// Status: the error of check().
Expected<std::vector<Certified>> certify(const Problem& problem, int max_precision = kMaxPrecision);
// Row `row` alone, before any reduction. Domain: check() accepts the problem.
Certified certify_row(const Problem& problem, std::int64_t row, int max_precision = kMaxPrecision);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_LOSSES_H
