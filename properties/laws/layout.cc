// layout: padded, offset and misaligned rows give what contiguous ones give; padding is neither read nor
// written.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

constexpr Layout kDense = {0, 1, 0, true};
constexpr Layout kSpread[] = {{1, 1, 0, true}, {7, 2, 1, true}, {64, 3, 3, true}};

Layout with_targets(Layout layout, const xent_claim& claim) {
  layout.wide_targets = contains(claim.target_formats, XENT_INT64);
  return layout;
}

}  // namespace

Trial generate_layout(Random& random, const xent_claim& claim, int, int) {
  return any_trial(random, claim, 300);
}

Outcome judge_layout(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const xent_claim& claim = *subject.claim(p.loss);
  const Response dense = subject.run(p, with_targets(kDense, claim));
  if (!dense.usable())
    return Outcome::fail("contiguous rows: status " + std::to_string(dense.status) + " " + dense.defect);
  const bool bitwise = contains(claim.guarantees, XENT_SAME_BITS_FOR_ANY_LAYOUT);
  const auto bounds = error_bounds(p, claim);
  for (const Layout& layout : kSpread) {
    const Response spread = subject.run(p, with_targets(layout, claim));
    const std::string where = "rows padded by " + std::to_string(layout.row_padding) + ", losses " +
                              std::to_string(layout.output_stride) + " apart: ";
    if (!spread.usable())
      return Outcome::fail(where + "status " + std::to_string(spread.status) + " " + spread.defect);
    for (std::size_t i = 0; i < dense.loss.size(); ++i) {
      const double a = dense.loss[i];
      const double b = spread.loss[i];
      const double allowance = bitwise ? 0 : 2 * bounds[i];
      if (a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= allowance || std::isnan(allowance))
        continue;
      return Outcome::fail(where + "loss " + shown(b) + ", contiguous " + shown(a));
    }
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
