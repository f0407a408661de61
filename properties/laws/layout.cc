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
  const bool bitwise = contains(claim.guarantees, XENT_SAME_BITS_FOR_ANY_LAYOUT);
  const auto bounds = bounds_of(subject, p);
  for (const Layout& layout : kSpread) {
    const Response spread = subject.run(p, declared(layout, p, claim));
    const std::string where = "rows padded by " + std::to_string(layout.row_padding) + ", losses " +
                              std::to_string(layout.output_stride) + ", classes " +
                              std::to_string(declared(layout, p, claim).class_stride) + " apart: ";
    if (!spread.usable())
      return Outcome::fail(where + "status " + std::to_string(spread.status) + " " + spread.defect);
    const auto& here = dense.wanted(p);
    const auto& there = spread.wanted(p);
    for (std::size_t i = 0; i < here.size(); ++i) {
      if (agree(here[i], there[i], bitwise ? 0 : 2 * bounds[i])) continue;
      return Outcome::fail(where + "result " + std::to_string(i) + " is " + shown(there[i]) +
                           ", contiguous " + shown(here[i]));
    }
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
