// Random and adversarial problems for comparing two oracles: every loss, format, space and reduction that can
// be certified.
#ifndef XENT_GOLDEN_RANDOM_CASES_H
#define XENT_GOLDEN_RANDOM_CASES_H

#include <cstdint>
#include <random>
#include <string>

#include "golden/case.h"

namespace xent::golden {

// What the numbers of a problem are drawn from.
enum class Regime {
  patterns,  // every bit pattern of a format that the domain has, tiny and huge
  typed,     // short decimals and fractions
  gaps,      // logits 10^2 to 10^5 apart, ties, masked classes, large common offsets
  exact,     // powers, equal logits, P = Q, so that many values are rational
};

class RandomCases {
 public:
  explicit RandomCases(Regime regime, std::uint64_t seed) : regime_(regime), random_(seed) {}
  // The next problem; reference::check accepts it.
  Case next();

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(int percent) { return below(100) < static_cast<std::uint64_t>(percent); }
  reference::Number logit(xent_format format);
  reference::Number probability(xent_format format);
  reference::Number pattern(xent_format format, bool nonnegative);
  reference::Number decimal(int digits);
  void draw_input(reference::Problem& p);
  void draw_targets(reference::Problem& p);
  void draw_options(reference::Problem& p);

  Regime regime_;
  std::mt19937_64 random_;
  std::uint64_t count_ = 0;
  reference::Number offset_;
};

}  // namespace xent::golden

#endif  // XENT_GOLDEN_RANDOM_CASES_H
