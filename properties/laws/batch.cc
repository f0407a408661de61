// batch: a row has the result that it has beside any other rows, in any order, and alone.
#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

// Some rows, in an order of their own.
std::vector<std::int64_t> some_rows(std::int64_t rows, std::uint64_t number) {
  Random random{rc::Random(number)};
  auto picked = random.permutation(rows);
  picked.resize(static_cast<std::size_t>(random.between(1, rows)));
  return picked;
}

// Many short rows, which are worked on together, or few long ones, which may be cut for threads to share.
TrialShape any_shape(Random& random, const xent_claim& claim, int index) {
  const Regime regime = any_regime(random, claim);
  if (index % 20 == 7) return {regime, random.between(2, 3), random.between(2000, 6000)};
  if (index % 4 == 1) return {regime, random.between(20, 200), any_classes(random, 40)};
  return {regime, random.between(2, 20), any_classes(random, 300)};
}

}  // namespace

bool applies_batch(const xent_claim& claim, const xent_implementation&) {
  return contains(claim.reductions, XENT_NONE) && !reference::find_loss(claim.loss)->always_mean;
}

Trial generate_batch(Random& random, const xent_claim& claim, int index, int) {
  Trial trial = trial_of(random, claim, any_shape(random, claim, index));
  Problem& p = trial.problem;
  choose_options(random, claim, p);
  p.reduction = XENT_NONE;
  if (has_gradient(claim) && random.chance(0.5)) want_gradient(random, claim, p);
  trial.parameters = {Number(static_cast<double>(random.below(1 << 30)))};
  return trial;
}

Outcome judge_batch(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.reduction != XENT_NONE || p.rows < 1) return Outcome::inadmissible("not the losses of rows");
  const auto picked = some_rows(p.rows, static_cast<std::uint64_t>(trial.integer(0)));
  const Problem part = rows_of(p, picked);
  if (auto outcome = inadmissible(subject, {part, {}, trial.regime})) return *outcome;
  const Answered together = ask(subject, p);
  const Answered apart = ask(subject, part);
  if (together.failure) return *together.failure;
  if (apart.failure) return *apart.failure;
  const bool bitwise = contains(subject.claim(p)->guarantees, XENT_SAME_BITS_FOR_ANY_BATCH);
  const auto bounds = bounds_of(subject, p);
  const Format format = measured_in(subject, p);
  const std::size_t width = together.wanted(p).size() / static_cast<std::size_t>(p.rows);
  for (std::size_t i = 0; i < apart.wanted(part).size(); ++i) {
    const auto row = static_cast<std::size_t>(picked[i / width]);
    const std::size_t at = row * width + i % width;
    const double a = together.wanted(p)[at];
    const double b = apart.wanted(part)[i];
    const double allowance = bitwise ? 0 : 2 * bounds[at];
    if (agree(a, b, allowance, format)) continue;
    return Outcome::fail("row " + std::to_string(row) + " of " + std::to_string(p.rows) + ": " + shown(a) +
                         " became " + shown(b) + " as row " + std::to_string(i / width) + " of " +
                         std::to_string(part.rows) + "; allowed " + shown(allowance));
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
