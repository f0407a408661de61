// layout: padded, offset and misaligned rows give what contiguous ones give; padding is neither read nor
// written.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

constexpr Layout kDense = {0, 1, 0, true};
constexpr Layout kSpread[] = {{1, 1, 0, true}, {7, 2, 1, false}, {64, 3, 3, true, 2}};

Layout declared(Layout layout, const Problem& p, const xent_claim& claim) {
  const bool may_be_narrow = contains(claim.target_formats, XENT_INT32) && targets_fit_narrow(p);
  const bool may_be_wide = contains(claim.target_formats, XENT_INT64);
  layout.wide_targets = may_be_wide && (layout.wide_targets || !may_be_narrow);
  if (!contains(claim.options, XENT_OPTION_CLASS_STRIDE)) layout.class_stride = 1;
  return layout;
}

// What is the same in every layout: what is wanted, and the loss beside a gradient.
struct Compared {
  Problem problem;
  std::string name;
  std::vector<double> allowances;
};

Compared compared(const Subject& subject, const Problem& problem) {
  const bool is_gradient = problem.wanted == reference::Wanted::gradient;
  Compared result = {problem, is_gradient ? "gradient" : "loss", bounds_of(subject, problem)};
  const bool bitwise = contains(subject.claim(problem)->guarantees, XENT_SAME_BITS_FOR_ANY_LAYOUT);
  for (double& bound : result.allowances) bound = bitwise ? 0 : 2 * bound;
  return result;
}

}  // namespace

Trial generate_layout(Random& random, const xent_claim& claim, int, int) {
  return any_question(random, claim, 300);
}

Outcome judge_layout(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const xent_claim& claim = *subject.claim(p);
  const Response dense = subject.run(p, declared(kDense, p, claim));
  if (!dense.usable())
    return Outcome::fail("contiguous rows: status " + std::to_string(dense.status) + " " + dense.defect);
  std::vector<Compared> results = {compared(subject, p)};
  if (p.wanted == reference::Wanted::gradient) results.push_back(compared(subject, loss_beside(p, claim)));
  for (const Layout& layout : kSpread) {
    const Response spread = subject.run(p, declared(layout, p, claim));
    const std::string where = "rows padded by " + std::to_string(layout.row_padding) + ", losses " +
                              std::to_string(layout.output_stride) + ", classes " +
                              std::to_string(declared(layout, p, claim).class_stride) + " apart: ";
    if (!spread.usable())
      return Outcome::fail(where + "status " + std::to_string(spread.status) + " " + spread.defect);
    for (const Compared& result : results) {
      auto outcome = all_agree(spread.wanted(result.problem), dense.wanted(result.problem), result.allowances,
                               where + result.name);
      if (outcome.kind == Outcome::Kind::fail) return outcome;
    }
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
