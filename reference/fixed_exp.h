// e^(x - y) of logits in 128-bit integers, with a proved bound, some hundred times faster than MPFI.
//
// Let x and y be logits, x <= y, and D = floor(y 2^110) - floor(x 2^110), so that |(y - x) 2^110 - D| < 1; 2
// is allowed.
// With L = ln 2 / 1024 and d = D 2^-110 < 1200:
//   q = floor(d / L) or one less, q < 2^21;  rho = d - q L, in [0, 2^-10.5);  q = 1024 k + j;
//   e^-d = 2^-k 2^(-j / 1024) e^-rho,  e^-rho = 1 - rho + rho^2 Q(rho).
// The error of the significand F 2^-126 against 2^k e^(x - y), in (0.49, 1], and where it comes from:
//   a  2^-107        rho: L is cut to 128 bits, q times
//   b  2^-99.2       Taylor's series ends at rho^7: rho^8 / 8!
//   c  2^-96.5       rho^2 |Q - computed|: Q1 = 1/6 - rho / 24 + ... is computed in 64 bits, whose last is
//                    2^-66: a constant cut off and a product cut off are 1 unit at most, since they have
//                    opposite signs, and what comes from the terms before is below 2^-10 units; so
//                    |Q1 - computed| < 1.01 2^-66. Multiplied by rho that is 1.01 2^-76.5, and rho cut to 74
//                    bits adds 2^-74 / 6
//   d  2^-123        everything else: floors of products at 2^-127 and below, the table at 2^-127
//   e  2^-109        x and y themselves
// Their sum is below kExpError 2^-126. Source: the arrangement is Tang's (1989); the analysis is this one.
#ifndef XENT_REFERENCE_FIXED_EXP_H
#define XENT_REFERENCE_FIXED_EXP_H

#include <optional>

#include "reference/fixed_point.h"
#include "reference/number_row.h"

namespace xent::reference {

// significand 2^(-126 - exponent), significand in [2^124.99, 2^126], within kExpError of e^-d.
struct FixedExp {
  Uint128 significand;
  int exponent;
};
inline constexpr Int128 kExpError = 900'000'000;  // 2^29.75
inline constexpr int kExpBits = 126;
// Beyond, e^-d is less than 2^-1731.
inline constexpr Int128 kExpLimit = Int128{1200} << kLogitBits;
// The largest logit of a row must be above this, so that one that is no integer is 1200 below it.
inline const Number kLowestTop(-kLogitLimit + 1202);

// Domain: 0 <= difference < kExpLimit, in units of 2^-kLogitBits.
FixedExp fixed_exp(Int128 difference);

// sum e^(x - top) over the logits that are below `excluded`. Nothing if top is not a number that fixed_logit
// takes, or lies too near its lower end to tell what is negligible. Domain: logits finite or -inf; those
// below `excluded` are at most top.
std::optional<Enclosure> fixed_sum_of_exp(const NumberRow& logits, const Number& top, const Number& excluded);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_FIXED_EXP_H
