// The catalogue of losses: one row each. To add a loss, write its file pair and add its row in losses.cc; the
// command line, the judge, the documentation table and the tests read the row.
#ifndef XENT_REFERENCE_LOSSES_H
#define XENT_REFERENCE_LOSSES_H

#include <span>
#include <string_view>
#include <vector>

#include "reference/quantity.h"
#include "reference/row.h"

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

  bool counts_input = false;  // Q itself, not only ln q: as a logarithm it is not +inf

  unsigned options;  // set of XENT_OPTION_...: the options that mean something for it

  // Domain of all: a row of a problem that check() accepts, not ignored.
  LogForm (*row)(const Row& row);                      // the value of the row
  Quantities (*entries)(const Row& row);               // or, if there are such, the values of its classes
  Quantities (*gradient)(const Row&, const Factors&);  // null: not certified
  Quantities (*target_gradient)(const Row&, const Factors&);  // null: not certified
};

std::span<const Loss> losses();
const Loss* find_loss(std::string_view name);

// validate(), and whether the reference can certify this problem. Status: the first thing that is wrong.
std::optional<Error> check(const Problem& problem);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_LOSSES_H
