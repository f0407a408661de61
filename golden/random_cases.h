// Random and adversarial problems for comparing two oracles: every loss, format, space, option and convention
// that can be certified, and derivatives.
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
  template <typename T, std::size_t n>
  T one_of(const T (&values)[n]) {
    return values[below(n)];
  }
  reference::Number logit(xent_format format);
  reference::Number probability(xent_format format);
  reference::Number pattern(xent_format format, bool nonnegative);
  reference::Number decimal(int digits);
  reference::Number weight();
  std::vector<reference::Number> weights(std::int64_t count);

  reference::Problem draw();
  void draw_input(reference::Problem& p);
  void draw_targets(reference::Problem& p);
  void draw_log_targets(reference::Problem& p);
  void draw_wanted(reference::Problem& p);
  void draw_weights(reference::Problem& p);
  void draw_logit_options(reference::Problem& p);
  void draw_preparation(reference::Problem& p);
  void draw_reduction(reference::Problem& p);
  void draw_policies(reference::Problem& p);

  Regime regime_;
  std::mt19937_64 random_;
  std::uint64_t count_ = 0;
  reference::Number offset_;
};

}  // namespace xent::golden

#endif  // XENT_GOLDEN_RANDOM_CASES_H
