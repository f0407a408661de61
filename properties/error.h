// Comparing computed floats with real numbers, without adding errors of the judge's own.
#ifndef XENT_PROPERTIES_ERROR_H
#define XENT_PROPERTIES_ERROR_H

#include <string>
#include <vector>

#include "properties/law.h"
#include "reference/certify.h"

namespace xent::properties {

using reference::Enclosure;
using reference::Number;
using reference::Problem;

// Bits the judge computes its own sides of a law with: 72 more than binary64 can show.
inline constexpr int kJudgePrecision = 128;

// pass if the true value of `residual` is surely or possibly within `allowance` of 0; fail only when every
// real in the enclosure lies beyond it: the judge never blames an implementation for the judge's own width.
// `what` begins the message. Domain: called under a PrecisionScope of kJudgePrecision.
Outcome within(const Enclosure& residual, double allowance, const std::string& what);

// The same of a residual that may be any positive number: fail only when all of the enclosure lies below
// -allowance.
Outcome at_least_zero(const Enclosure& residual, double allowance, const std::string& what);

// How a computed float compares with a certified value: pass if it meets the claimed grade, else fail.
// Handles infinities, NaN, and overflow and underflow of the output format.
Outcome compare(double computed, reference::Certified& truth, const reference::Format& format,
                const ClaimedGrade& grade, double bound, Measurement* measurement);

// The same, faster where the value, rounded to binary64, is seen to lie within an absolute bound.
Outcome compare_entry(double computed, reference::Certified& truth, const reference::Format& format,
                      const ClaimedGrade& grade, double bound, Measurement* measurement);

// Whether two results are the same number, or both NaN.
bool is_same(double a, double b);

// Whether two results for one real number are the same, or both NaN, or differ by no more than the allowance,
// which is what both together may be off. A NaN or infinite allowance allows anything.
//
// Rounding to nearest, an infinity stands for whatever is at least T, the format's largest number and half of
// its last place. So if t is the real number, a is right within A, and an infinity of b within B,
// t >= a - A and t + B >= T, hence T - a <= A + B; opposite infinities are right only if 2 T <= A + B.
bool agree(double a, double b, double allowance, const reference::Format& format);

// Whether a result may be that infinity where another says x, of the same real number.
bool may_overflow(double x, double infinity, double allowance, const reference::Format& format);

// Runs the problem and hands back the losses, and the gradient if the problem wants it, or the outcome that
// the failed call amounts to.
struct Answered {
  std::vector<double> loss;
  std::vector<double> grad;
  std::optional<Outcome> failure;

  const std::vector<double>& wanted(const Problem& problem) const {
    return problem.wanted == reference::Wanted::gradient ? grad : loss;
  }
};
Answered ask(const Subject& subject, const Problem& problem);

// "0x1.8p+3 (12)": a float with its bits shown exactly.
std::string shown(double value);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_ERROR_H
