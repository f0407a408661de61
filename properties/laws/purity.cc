// purity: inputs stay as they were, every output is written, and the same call again gives the same bits;
// where the declaration says so, with any number of threads.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

constexpr std::int64_t kMostThreads = 40;

}  // namespace

Trial generate_purity(Random& random, const xent_claim& claim, int index, int) {
  Trial trial = any_question(random, claim, 300);
  // Enough rows that several threads have work.
  if (index % 3 == 0)
    trial = trial_of(random, claim,
                     {any_regime(random, claim), random.between(60, 200), any_classes(random, 20)});
  // Few, or more than most machines have.
  const std::int64_t threads = random.chance(0.7) ? random.between(2, 8) : random.between(9, kMostThreads);
  trial.parameters = {Number(static_cast<double>(threads))};
  return trial;
}

Outcome judge_purity(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  Problem p = trial.problem;
  p.threads = 1;
  const Answered first = ask(subject, p);
  const Answered second = ask(subject, p);
  p.threads = static_cast<std::int32_t>(std::clamp<std::int64_t>(trial.integer(0), 1, kMostThreads));
  const Answered threaded = ask(subject, p);
  for (const Answered* answered : {&first, &second, &threaded}) {
    if (answered->failure) return *answered->failure;
  }
  const xent_claim& claim = *subject.claim(p);
  const bool same_for_threads = contains(claim.guarantees, XENT_SAME_BITS_FOR_ANY_THREADS);
  const auto bounds = bounds_of(subject, p);
  const Format format = measured_in(subject, p);
  for (std::size_t i = 0; i < first.wanted(p).size(); ++i) {
    const double a = first.wanted(p)[i];
    if (const double b = second.wanted(p)[i]; !is_same(a, b))
      return Outcome::fail("the same call gave " + shown(a) + ", then " + shown(b));
    const double b = threaded.wanted(p)[i];
    if (agree(a, b, same_for_threads ? 0 : 2 * bounds[i], format)) continue;
    return Outcome::fail("one thread gave " + shown(a) + ", " + std::to_string(p.threads) + " gave " +
                         shown(b));
  }
  return Outcome::pass();
}

}  // namespace xent::properties::laws
