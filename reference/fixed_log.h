// ln(1 + u) in 128-bit integers, of full relative accuracy, with a proved bound.
//
// For u <= 2^-8:  ln(1 + u) = u (1 - t(u)),  t(u) = u/2 - u^2/3 + ... + u^7/8, an alternating series that is
// less than u^8/9 <= 0.11 2^-64 from its sum. It is computed in 64 bits; of the units 2^-64, the floor of u
// and those of Horner's scheme cost less than 2, so that the error is below 2^-63 of the value, and that of u
// itself comes on top. Otherwise, v = 1 + u is multiplied by one of 257 numbers R = m / 4096 with v R = 1 +
// z, 0 <= z < 2^-7.7:
//   ln v = -ln R + z (1 - t(z)),
// where v cut to 2^-110 makes z an integer of units 2^-122 without rounding. t is within 2 units of 2^-64 as
// above (z^8/9 is below 0.35 of one), the cut of v costs at most 2^12 units of 2^-122, u itself 2^26.
#ifndef XENT_REFERENCE_FIXED_LOG_H
#define XENT_REFERENCE_FIXED_LOG_H

#include "reference/fixed_exp.h"

namespace xent::reference {

// Contains ln(1 + e^-d) for every d that u stands for. Width: below 2^-59 of the value.
FixedInterval fixed_log1p(const FixedExp& u);

// Contains ln(1 + e^x) for every x less than 2 units from `x`, in units of 2^-kLogitBits. Domain: |x| <
// kExpLimit.
FixedInterval fixed_softplus(Int128 x);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_FIXED_LOG_H
