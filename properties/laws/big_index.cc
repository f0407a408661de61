// big_index: rows that begin beyond 2^31 and 2^32 elements give what the same rows give one after the other.
#include "properties/laws/laws.h"
#include "properties/laws/premises.h"
#include "properties/placement.h"

namespace xent::properties::laws {
namespace {

constexpr Layout kDense = {};
// Row 1 is beyond the indices of int32, row 2 beyond those of uint32.
constexpr std::int64_t kRows = 3;
constexpr std::int64_t kGap = std::int64_t{1} << 31;

}  // namespace

std::optional<std::string> unheard_big_index() {
  constexpr std::size_t kWidest = 8;
  static const bool has_room = can_map_arena(static_cast<std::size_t>(kRows * kGap) * kWidest);
  if (has_room) return std::nullopt;
  return "there is no address space for rows 2^31 elements apart";
}

Trial generate_big_index(Random& random, const xent_claim& claim, int, int) {
  Trial trial = trial_of(random, claim, {any_regime(random, claim), kRows, any_classes(random, 40)});
  choose_options(random, claim, trial.problem);
  if (has_gradient(claim) && random.chance(0.5)) want_gradient(random, claim, trial.problem);
  return trial;
}

Outcome judge_big_index(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.rows < 2 || p.rows > kRows) return Outcome::inadmissible("one row, or more than there is room for");
  const xent_claim& claim = *subject.claim(p);
  const Response dense = subject.run(p, as_declared(kDense, p, claim));
  if (!dense.usable())
    return Outcome::fail("contiguous rows: status " + std::to_string(dense.status) + " " + dense.defect);
  Layout apart = as_declared(kDense, p, claim);
  apart.gap = kGap;
  return same_in_layout(subject, p, dense, apart, "rows 2^31 elements apart: ");
}

}  // namespace xent::properties::laws
