// Decimal text of exact and of rounded values.
#ifndef XENT_REFERENCE_DECIMAL_H
#define XENT_REFERENCE_DECIMAL_H

#include <string>

#include "reference/enclosure.h"

namespace xent::reference {

// The decimal of `digits` significant digits nearest to the value, ties to even; the value itself, without
// trailing zeros, when it has no more digits than that. Positional from 10^-6 up to 10^digits (the value
// itself: at least up to 10^7), otherwise "d.ddde-12".
std::string decimal_string(const Rational& value, int digits);
// A decimal significand in the same notation, all digits shown.
std::string decimal_string(const DecimalDigits& value);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_DECIMAL_H
