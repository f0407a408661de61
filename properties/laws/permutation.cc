// permutation: the order of the classes does not matter.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

template <typename T>
std::vector<T> permuted(const std::vector<T>& matrix, const std::vector<std::int64_t>& to) {
  std::vector<T> result(matrix.size());
  const std::size_t classes = to.size();
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    result[i / classes * classes + static_cast<std::size_t>(to[i % classes])] = matrix[i];
  }
  return result;
}

}  // namespace

Trial generate_permutation(Random& random, const xent_claim& claim, int, int) {
  Trial trial = any_question(random, claim, 300);
  trial.problem.ignore_index.reset();
  for (std::int64_t& target : trial.problem.targets) target = std::max<std::int64_t>(target, 0);
  trial.parameters = {Number(static_cast<double>(random.below(1 << 30)))};
  return trial;
}

Outcome judge_permutation(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.ignore_index || !is_regular(p)) return Outcome::inadmissible("ignored rows, or undefined inputs");
  const auto to = Random(rc::Random(static_cast<std::uint64_t>(trial.integer(0)))).permutation(p.classes);
  Problem shuffled = p;
  shuffled.input = permuted(p.input, to);
  shuffled.target_probs = permuted(p.target_probs, to);
  shuffled.class_weights = permuted(p.class_weights, to);
  for (std::int64_t& target : shuffled.targets) target = to[static_cast<std::size_t>(target)];
  const Answered here = ask(subject, p);
  const Answered there = ask(subject, shuffled);
  if (here.failure) return *here.failure;
  if (there.failure) return *there.failure;
  const xent_claim& claim = *subject.claim(p);
  const bool bitwise = contains(claim.guarantees, XENT_SAME_BITS_FOR_ANY_CLASS_ORDER);
  const auto bounds = bounds_of(subject, p);
  const Format format = measured_in(subject, p);
  const auto shuffled_bounds = bounds_of(subject, shuffled);
  const bool has_classes =
      p.wanted == reference::Wanted::gradient || reference::find_loss(p.loss)->entries != nullptr;
  const auto expected = has_classes ? permuted(here.wanted(p), to) : here.wanted(p);
  const auto expected_bounds = has_classes ? permuted(bounds, to) : bounds;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double allowance = bitwise ? 0 : expected_bounds[i] + shuffled_bounds[i];
    const double a = expected[i];
    const double b = there.wanted(p)[i];
    if (agree(a, b, allowance, format)) continue;
    return Outcome::fail("result " + shown(a) + " became " + shown(b) +
                         " when the classes were permuted; allowed " + shown(allowance));
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
