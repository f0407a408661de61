// layout: padded, offset and misaligned rows give what contiguous ones give; padding is neither read nor
// written.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

constexpr Layout kDense = {0, 1, 0, true};
constexpr int kLayoutsPerTrial = 3;

}  // namespace

// Consecutive layouts of the sweep.
Trial generate_layout(Random& random, const xent_claim& claim, int index, int) {
  Trial trial = any_question(random, claim, 300);
  trial.parameters = {Number(static_cast<double>(index) * kLayoutsPerTrial + 1)};
  return trial;
}

Outcome judge_layout(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const xent_claim& claim = *subject.claim(p);
  const Response dense = subject.run(p, as_declared(kDense, p, claim));
  if (!dense.usable())
    return Outcome::fail("contiguous rows: status " + std::to_string(dense.status) + " " + dense.defect);
  const std::int64_t first = std::max<std::int64_t>(trial.integer(0), 0);
  for (std::int64_t index = first; index < first + kLayoutsPerTrial; ++index) {
    const Layout layout = as_declared(swept_layout(index), p, claim);
    Outcome outcome = same_in_layout(
        subject, p, dense, layout,
        "rows padded by " + std::to_string(layout.row_padding) + ", losses " +
            std::to_string(layout.output_stride) + ", classes " + std::to_string(layout.class_stride) +
            " apart, " + std::to_string(layout.misalignment) + " elements beyond a cache line's beginning: ");
    if (outcome.kind == Outcome::Kind::fail) return outcome;
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
