// Blocks of numbers in binary64, to full accuracy, whatever format they came from: the arithmetic behind
// options, soft labels and binary64 logits. Dispatched to the best target that the processor supports.
#ifndef XENT_FAST_FULL_KERNEL_H
#define XENT_FAST_FULL_KERNEL_H

#include <cmath>
#include <cstdint>

namespace xent::fast {

// Numbers that are worked on at a time. Buffers have so many places, at addresses that are multiples of 64;
// functions here go over whole vectors, up to kLanes - 1 places beyond count.
inline constexpr int64_t kBlock = 256;
inline constexpr int64_t kLanes = 8;

// Relative error of an exponential in units of 2^-53; full_exp-inl.h.
inline constexpr double kFullExpError = 2.5;

// That of a logarithm; log-inl.h.
inline constexpr double kLogError = 4;

// A number and what was lost in rounding it.
struct Compensated {
  double value = 0;
  double error = 0;

  // Exactly (Knuth 1969), but for what error loses.
  void add(double x) {
    const double sum = value + x;
    const double rounded = sum - value;
    error += (value - (sum - rounded)) + (x - rounded);
    value = sum;
  }
  // An infinity or a NaN has no error.
  double total() const { return std::isfinite(value) ? value + error : value; }
};

// Compensated sums, a lane each. Error of total(): u |sum| + n^2 u^2 sum |terms| (Ogita, Rump & Oishi 2005).
struct LaneSums {
  alignas(64) double value[kLanes] = {};
  alignas(64) double error[kLanes] = {};

  Compensated total() const {
    Compensated all;
    double errors = 0;
    for (int64_t i = 0; i < kLanes; ++i) {
      all.add(value[i]);
      errors += error[i];
    }
    all.error += errors;
    return all;
  }
};

// The largest of x, NaN ignored. Domain: padded with -inf.
double largest_of(const double* x, int64_t count);

// sum += sum of e^(scale (x - max)), and the same terms one by one. Domain: x <= max; padded with -inf.
// Error: kFullExpError, and u scale |x - max| for the difference, 3 if scale is not 1.
void add_exponentials(const double* x, int64_t count, double max, double scale, LaneSums& sum);
void exponentials(const double* x, int64_t count, double max, double scale, double* values);

// surprisal += sum of masses scale (max - x), 0 times infinity being 0, and total += sum of masses.
// Domain: padded with masses 0. Error: u a term for the product, and for the difference.
void add_masses(const double* x, const double* masses, int64_t count, double max, double scale,
                LaneSums& surprisal, LaneSums& total);

// What is summed over the classes of two distributions, in nats.
enum class Information { cross_entropy, kl };  // -p ln q, p (ln p - ln q)

// sum += sum of it over p and q, 0 ln 0 being 0. NaN in either gives NaN.
// Domain: p, q >= 0; padded with p = 0 and q = 1.
// Error: kLogError for each logarithm, relative to these, and u a term for the difference and the product.
void add_information(Information information, const double* p, const double* q, int64_t count, LaneSums& sum);

}  // namespace xent::fast

#endif  // XENT_FAST_FULL_KERNEL_H
