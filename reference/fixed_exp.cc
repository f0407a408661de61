#include "reference/fixed_exp.h"

#include <array>

namespace xent::reference {
namespace {

constexpr int kTableBits = 10;
constexpr int kTableSize = 1 << kTableBits;

// floor(x) of an enclosure that leaves no doubt about it.
Integer floor_of(const Enclosure& x) {
  const auto floor = [](const Dyadic& d) {
    return d.exponent >= 0 ? Integer(d.significand << static_cast<unsigned long>(d.exponent))
                           : Integer(d.significand >> static_cast<unsigned long>(-d.exponent));
  };
  Integer value = floor(x.lower());
  if (value != floor(x.upper())) throw std::logic_error("a table entry is undecided");
  return value;
}

Uint128 to_uint128(const Integer& value) {
  const Integer mask = (Integer(1) << 64) - 1;
  const auto high = Integer(value >> 64).convert_to<std::uint64_t>();
  return Uint128{high} << 64 | Integer(value & mask).convert_to<std::uint64_t>();
}

Enclosure scaled(const Enclosure& x, int bits) {
  return x * Enclosure(Integer(1) << static_cast<unsigned>(bits));
}

struct Constants {
  std::array<Uint128, kTableSize> power;     // 2^(-j / 1024) in units of 2^-127
  Uint128 step;                              // ln 2 / 1024 in units of 2^-128
  std::uint64_t steps;                       // 1024 / ln 2 in units of 2^-40
  std::array<std::uint64_t, 8> coefficient;  // 1 / n! in units of 2^-66, for n >= 3

  Constants() {
    const PrecisionScope scope(256);
    const Enclosure ln2 = log(Enclosure(2L));
    const Enclosure size(static_cast<long>(kTableSize));
    step = to_uint128(floor_of(scaled(ln2 / size, 128)));
    steps = static_cast<std::uint64_t>(to_uint128(floor_of(scaled(size / ln2, 40))));
    power[0] = Uint128{1} << 127;
    for (int j = 1; j < kTableSize; ++j) {
      const Enclosure exponent = Enclosure(static_cast<long>(-j)) * ln2 / size;
      power[static_cast<std::size_t>(j)] = to_uint128(floor_of(scaled(exp(exponent), 127)));
    }
    std::uint64_t factorial = 2;
    for (std::uint64_t n = 3; n < coefficient.size(); ++n) {
      factorial *= n;
      coefficient[n] = static_cast<std::uint64_t>((Uint128{1} << 66) / factorial);
    }
  }
};

const Constants& constants() {
  static const Constants kConstants;
  return kConstants;
}

// e^-rho in units of 2^-127, where rho is in units of 2^-128 and below 2^-10.5.
Uint128 exp_of_remainder(Uint128 rho, const Constants& constants) {
  const auto& c = constants.coefficient;
  const auto h = static_cast<std::uint64_t>(rho >> 54);  // in units of 2^-74
  std::uint64_t q1 = c[7];
  for (std::size_t n = 6; n >= 3; --n) q1 = c[n] - static_cast<std::uint64_t>(Uint128{h} * q1 >> 74);
  const Uint128 q = (Uint128{1} << 127) - (Uint128{h} * q1 >> 12);  // in units of 2^-128
  const Uint128 squared = high_product(rho << 10, rho << 10);       // in units of 2^-148
  return (Uint128{1} << 127) - (rho >> 1) + (high_product(squared, q) >> 21);
}

FixedExp fixed_exp(Int128 difference, const Constants& constants) {
  const auto d = static_cast<Uint128>(difference);
  const auto q = static_cast<std::uint32_t>(Uint128{static_cast<std::uint64_t>(d >> 64)} * constants.steps >>
                                            (kLogitBits - 64 + 40));
  // Only the fraction of d matters, and the rest drops out: unsigned integers are taken modulo 2^128.
  const Uint128 rho = (d << (128 - kLogitBits)) - q * constants.step;
  const Uint128 power = constants.power[q % kTableSize];
  return {high_product(exp_of_remainder(rho, constants), power), static_cast<int>(q / kTableSize)};
}

// Integers to 192 bits.
class WideSum {
 public:
  void add(Uint128 term) {
    low_ += term;
    high_ += low_ < term ? 1 : 0;
  }
  Integer value() const {
    const auto low = static_cast<std::uint64_t>(low_), middle = static_cast<std::uint64_t>(low_ >> 64);
    return ((Integer(high_) << 64 | Integer(middle)) << 64) | Integer(low);
  }

 private:
  Uint128 low_ = 0;
  std::uint64_t high_ = 0;
};

}  // namespace

FixedExp fixed_exp(Int128 difference) {
  return fixed_exp(difference, constants());
}

// Each term is within kExpError / 2^124.99 < 2^-94 of itself, and a shift cuts off less than one unit; a term
// that is left out is less than one unit.
std::optional<Enclosure> fixed_sum_of_exp(const NumberRow& logits, const Number& top,
                                          const Number& excluded) {
  const auto fixed_top = fixed_logit(top);
  if (!fixed_top || top < kLowestTop) return std::nullopt;
  const Constants& c = constants();
  WideSum sum;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const Number x = logits[i];
    if (!x.is_finite() || !(x < excluded)) continue;
    const auto fixed = fixed_logit(x);
    if (!fixed || *fixed_top - *fixed >= kExpLimit) continue;
    const FixedExp term = fixed_exp(*fixed_top - *fixed, c);
    if (term.exponent < 128) sum.add(term.significand >> term.exponent);
  }
  const Integer value = sum.value();
  const Integer error = (value >> 94) + 1 + Integer(logits.size());
  return Enclosure::between({Integer(value - error), -kExpBits}, {Integer(value + error), -kExpBits});
}

}  // namespace xent::reference
