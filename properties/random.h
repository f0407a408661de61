// Random numbers for the generators: RapidCheck's splittable source, so that a seed replays a run on any
// machine, if no two are drawn in one expression without an order: arguments of a function and operands are
// evaluated as the compiler likes, braced lists from left to right.
#ifndef XENT_PROPERTIES_RANDOM_H
#define XENT_PROPERTIES_RANDOM_H

#include <rapidcheck.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reference/format.h"

namespace xent::properties {

class Random {
 public:
  explicit Random(const rc::Random& source) : source_(source) {}

  std::uint64_t bits() { return source_.next(); }
  // Uniform on 0 .. n - 1. Domain: n >= 1. Bias below n / 2^64.
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(n));
  }
  // Uniform on lo .. hi.
  std::int64_t between(std::int64_t lo, std::int64_t hi) { return lo + below(hi - lo + 1); }
  // Uniform on [0, 1).
  double unit() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  bool chance(double probability) { return unit() < probability; }
  // Standard normal (Box & Muller 1958).
  double normal() {
    const double radius = std::sqrt(-2 * std::log1p(-unit()));
    return radius * std::cos(2 * std::numbers::pi * unit());
  }
  // 0 .. n - 1 in any order (Fisher & Yates).
  std::vector<std::int64_t> permutation(std::int64_t n) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    for (std::int64_t i = n - 1; i > 0; --i)
      std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(below(i + 1))]);
    return order;
  }
  template <typename T>
  const T& pick(std::span<const T> items) {
    return items[static_cast<std::size_t>(below(static_cast<std::int64_t>(items.size())))];
  }

 private:
  rc::Random source_;
};

// A seed for what is drawn under a name. Each law and loss has its own, so that adding one leaves the others'
// inputs.
std::uint64_t stream(std::uint64_t seed, const std::string& name);

// The float of `format` nearest to a finite value, overflow going to the largest finite one.
double rounded_to(const reference::Format& format, double value);

// Any float of the format: every bit pattern can occur, and those that matter (zeros, subnormals, powers of
// two and their neighbours, the largest, infinities, NaN, small integers) often do.
double any_float(Random& random, const reference::Format& format);

// The same among finite floats.
double any_finite(Random& random, const reference::Format& format);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_RANDOM_H
