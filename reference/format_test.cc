#include "reference/format.h"

#include <gmp.h>
#include <gtest/gtest.h>
#include <mpfr.h>

#include <bit>
#include <cfenv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <vector>

#include "reference/testing.h"

namespace xent::reference {
namespace {

bool is_nan(const Format& f, Bits bits) {
  return std::isnan(decode(f, bits));
}

Bits sign_of(const Format& f) {
  return Bits{1} << (f.width - 1);
}

// The pattern of +infinity: all exponent bits and no others. Of a format without one, of its NaN.
Bits infinity(const Format& f) {
  return encode(f, HUGE_VAL);
}

mpfr_rnd_t mpfr_direction(Rounding direction) {
  switch (direction) {
    case Rounding::nearest_even:
      return MPFR_RNDN;
    case Rounding::toward_zero:
      return MPFR_RNDZ;
    case Rounding::upward:
      return MPFR_RNDU;
    case Rounding::downward:
      return MPFR_RNDD;
    default:
      return MPFR_RNDNA;  // MPFR has it only as a function
  }
}

// What MPFR rounds a rational to: correctly rounded to `precision` bits in the format's exponent range, then
// mpfr_subnormalize, which knows the ternary value and so does not round twice.
double rounded_by_mpfr(const Rational& value, const Format& f, Rounding direction) {
  const mpfr_exp_t old_emin = mpfr_get_emin();
  const mpfr_exp_t old_emax = mpfr_get_emax();
  mpfr_set_emin(f.quantum_exponent() + 1);  // MPFR's significands are in [1/2, 1)
  mpfr_set_emax(f.emax + 1);
  mpfr_t x;
  mpfr_init2(x, f.precision);
  const mpfr_rnd_t rounding = mpfr_direction(direction);
  int ternary = mpfr_set_q(x, value.backend().data(), rounding);
  ternary = mpfr_subnormalize(x, ternary, rounding);
  const double result = mpfr_get_d(x, MPFR_RNDN);
  mpfr_clear(x);
  mpfr_set_emin(old_emin);
  mpfr_set_emax(old_emax);
  return result;
}

// Ties away from zero, from the other directions: the tie is told exactly.
double rounded_away(const Rational& value, const Format& f) {
  const double down = rounded_by_mpfr(value, f, Rounding::downward);
  const double up = rounded_by_mpfr(value, f, Rounding::upward);
  const double nearest = rounded_by_mpfr(value, f, Rounding::nearest_even);
  const double outer = value > 0 ? up : down;
  const double inner = value > 0 ? down : up;
  if (std::isinf(outer)) return nearest;  // max + half an ulp goes away under both rules
  return Rational(outer) - value == value - Rational(inner) ? outer : nearest;
}

// A format without infinities ends before its last binade does, which MPFR does not know.
double ended(double rounded, const Format& f, Rounding direction) {
  const double largest = decode(f, infinity(f) - 1);
  if (f.has_infinity || std::abs(rounded) <= largest) return rounded;
  const bool inward = direction == Rounding::toward_zero ||
                      (direction == Rounding::downward && rounded > 0) ||
                      (direction == Rounding::upward && rounded < 0);
  return inward ? std::copysign(largest, rounded) : std::numeric_limits<double>::quiet_NaN();
}

void expect_as_mpfr(const Rational& value, const Format& f) {
  for (const Rounding direction : kRoundings) {
    const double by_mpfr =
        direction == Rounding::nearest_away ? rounded_away(value, f) : rounded_by_mpfr(value, f, direction);
    const double expected = ended(by_mpfr, f, direction);
    // MPFR's zero keeps the sign of what it came from, as IEEE 754 wants; an exact zero is +0.
    const Bits bits = round(value, f, direction);
    if (std::isnan(expected)) {
      ASSERT_TRUE(is_nan(f, bits)) << f.name << " " << value;
      continue;
    }
    ASSERT_EQ(bits, encode(f, value == 0 ? 0.0 : expected))
        << f.name << " " << name(direction) << " " << value << ": got " << hexfloat(decode(f, bits))
        << ", MPFR says " << hexfloat(expected);
  }
}

// The five roundings of a number strictly between two adjacent floats, by where it lies: IEEE 754, 4.3.
// `low` and `high` are the patterns of the neighbours by magnitude, `half` -1, 0, 1 for below, at and above
// the midpoint.
Bits expected_between(const Format& f, Bits low, bool negative, int half, Rounding direction) {
  const Bits high = low + 1;
  Bits magnitude = 0;
  switch (direction) {
    case Rounding::nearest_even:
      magnitude = half < 0 ? low : half > 0 ? high : low % 2 == 0 ? low : high;
      break;
    case Rounding::nearest_away:
      magnitude = half < 0 ? low : high;
      break;
    case Rounding::toward_zero:
      magnitude = low;
      break;
    case Rounding::upward:
      magnitude = negative ? low : high;
      break;
    case Rounding::downward:
      magnitude = negative ? high : low;
      break;
  }
  return magnitude | (negative ? sign_of(f) : 0);
}

// The dyadic of a finite pattern, exactly, with `extra` more bits of room below the quantum.
Dyadic dyadic_of(const Format& f, Bits magnitude, unsigned long extra) {
  const Rational scaled = Rational(decode(f, magnitude)) * Rational(Integer(1) << 1100);
  return {Integer(numerator(scaled)) << extra, -1100 - static_cast<std::int64_t>(extra)};
}

Dyadic negated(Dyadic x) {
  x.significand = -x.significand;
  return x;
}

// Half way between the pattern and the next one; one more quantum where the next is infinity.
Dyadic midpoint_above(const Format& f, Bits magnitude) {
  const Dyadic low = dyadic_of(f, magnitude, 1);
  const Rational x = Rational(decode(f, magnitude));
  Rational step;
  if (magnitude + 1 < infinity(f)) {
    step = Rational(decode(f, magnitude + 1)) - x;
  } else {
    step = x - Rational(decode(f, magnitude - 1));
  }
  const Rational middle = (x + step / 2) * Rational(Integer(1) << 1100) * 2;
  EXPECT_EQ(denominator(middle), 1);
  return {numerator(middle), low.exponent};
}

Sticky opposite(Sticky sticky) {
  return static_cast<Sticky>(-static_cast<int>(sticky));
}

// Checks everything about the gap above one magnitude of a format: at the float, at the midpoint, just beside
// both (by a tiny explicit amount and by sticky), for both signs and all directions.
void expect_gap_rounds_correctly(const Format& f, Bits low) {
  const Dyadic at = dyadic_of(f, low, 40);
  Dyadic middle = midpoint_above(f, low);
  middle.significand <<= 39;
  middle.exponent -= 39;
  ASSERT_EQ(at.exponent, middle.exponent);
  const auto moved = [](Dyadic x, int by) {
    x.significand += by;
    return x;
  };
  for (const bool negative : {false, true}) {
    const Bits sign = negative ? sign_of(f) : 0;
    const auto check = [&](const Dyadic& magnitude, Sticky side, int half, Rounding direction) {
      const Dyadic value = negative ? negated(magnitude) : magnitude;
      const Sticky sticky = negative ? opposite(side) : side;
      ASSERT_EQ(round(value, sticky, f, direction), expected_between(f, low, negative, half, direction))
          << f.name << " " << name(direction) << " above " << hexfloat(decode(f, low)) << " half " << half
          << " sticky " << static_cast<int>(sticky) << " negative " << negative;
    };
    for (const Rounding direction : kRoundings) {
      const Bits exact = low == 0 ? 0 : low | sign;
      ASSERT_EQ(round(negative ? negated(at) : at, Sticky::none, f, direction), exact);
      check(at, Sticky::above, -1, direction);
      check(moved(at, 1), Sticky::none, -1, direction);
      check(moved(at, 1), Sticky::below, -1, direction);
      check(moved(at, 1), Sticky::above, -1, direction);
      check(moved(middle, -1), Sticky::none, -1, direction);
      check(moved(middle, -1), Sticky::above, -1, direction);
      check(middle, Sticky::below, -1, direction);
      check(middle, Sticky::none, 0, direction);
      check(middle, Sticky::above, 1, direction);
      check(moved(middle, 1), Sticky::none, 1, direction);
      check(moved(middle, 1), Sticky::below, 1, direction);
      const Dyadic next = moved({2 * middle.significand - at.significand, at.exponent}, 0);
      check(next, Sticky::below, 1, direction);
      check(moved(next, -1), Sticky::none, 1, direction);
      check(moved(next, -1), Sticky::below, 1, direction);
      check(moved(next, -1), Sticky::above, 1, direction);
    }
  }
}

TEST(Format, ParametersAreThoseOfIeee754) {
  for (const Format& f : formats()) {
    EXPECT_EQ(find_format(f.name), &f);
    EXPECT_EQ(format(f.id), f);
    EXPECT_EQ(f.unit_roundoff(), std::ldexp(1.0, -f.precision));
    if (!f.has_infinity) continue;
    // width = sign + exponent + stored significand, emax = 2^(exponent bits - 1) - 1.
    const int exponent_bits = f.width - f.precision;
    EXPECT_EQ(f.emax, (1 << (exponent_bits - 1)) - 1) << f.name;
    EXPECT_EQ(f.emin, 1 - f.emax);
  }
  EXPECT_EQ(find_format("binary128"), nullptr);
  EXPECT_EQ(format(XENT_BINARY32).quantum_exponent(), -149);
  EXPECT_EQ(format(XENT_BINARY64).quantum_exponent(), -1074);
}

TEST(Format, EveryNarrowPatternDecodesByDefinitionAndEncodesBack) {
  for (const xent_format id : {XENT_BINARY16, XENT_BFLOAT16}) {
    const Format& f = format(id);
    for (Bits bits = 0; bits < 0x10000; ++bits) {
      const int stored = f.precision - 1;
      const auto fraction = static_cast<double>(bits & ((Bits{1} << stored) - 1));
      const auto field = static_cast<int>((bits & 0x7fff) >> stored);
      const int top = (1 << (f.width - f.precision)) - 1;
      const double sign = (bits & 0x8000) != 0 ? -1 : 1;
      const double value = decode(f, bits);
      if (field == top) {
        if (fraction == 0) {
          ASSERT_EQ(value, sign * HUGE_VAL);
        } else {
          ASSERT_TRUE(std::isnan(value));
          ASSERT_TRUE(is_nan(f, encode(f, value)));
          continue;
        }
      } else {
        const double unit = std::ldexp(1.0, -stored);
        const double magnitude = field == 0 ? std::ldexp(fraction * unit, 1 - f.emax)
                                            : std::ldexp(1 + fraction * unit, field - f.emax);
        ASSERT_EQ(value, sign * magnitude) << bits;
        ASSERT_EQ(std::signbit(value), sign < 0);
      }
      ASSERT_EQ(encode(f, value), bits);
    }
  }
}

TEST(Format, E5m2IsTheUpperHalfOfBinary16) {
  for (Bits bits = 0; bits < 0x100; ++bits) {
    const double wide = decode(format(XENT_BINARY16), bits << 8);
    const double value = decode(format(XENT_FP8_E5M2), bits);
    ASSERT_TRUE(std::isnan(wide) ? std::isnan(value) : value == wide) << bits;
  }
}

// OCP 8-bit Floating Point Specification, tables 1 and 2.
TEST(Format, E4m3IsThatOfTheSpecification) {
  const Format& f = format(XENT_FP8_E4M3);
  EXPECT_EQ(decode(f, 0x7e), 448);
  EXPECT_EQ(decode(f, 0x08), 0x1p-6);
  EXPECT_EQ(decode(f, 0x07), 0.875 * 0x1p-6);
  EXPECT_EQ(decode(f, 0x01), 0x1p-9);
  EXPECT_TRUE(is_nan(f, 0x7f) && is_nan(f, 0xff));
  EXPECT_EQ(encode(f, HUGE_VAL), 0x7fU);
  EXPECT_EQ(encode(f, -HUGE_VAL), 0xffU);
  for (Bits bits = 0; bits < 0x100; ++bits) {
    const int field = static_cast<int>(bits >> 3 & 15);
    const double fraction = static_cast<double>(bits & 7) / 8;
    const double magnitude = field == 0 ? std::ldexp(fraction, -6) : std::ldexp(1 + fraction, field - 7);
    if ((bits & 0x7f) == 0x7f) continue;
    ASSERT_EQ(decode(f, bits), (bits & 0x80) != 0 ? -magnitude : magnitude) << bits;
    ASSERT_EQ(encode(f, decode(f, bits)), bits);
  }
}

// A number that is rounded upwards and downwards to different floats is between them.
TEST(Format, TheLargestNumberIsFollowedByNone) {
  for (const Format& f : formats()) {
    const Bits bits = encode(f, f.largest());
    EXPECT_EQ(decode(f, bits), f.largest()) << f.name;
    EXPECT_FALSE(std::isfinite(decode(f, bits + 1))) << f.name;
  }
}

// The last place of one format and the range of another.
TEST(Format, MixturesHaveALargestNumber) {
  Format mixture = format(XENT_BFLOAT16);
  mixture.emax = format(XENT_BINARY16).emax;
  EXPECT_EQ(mixture.largest(), 65280);
}

TEST(Format, FindsTheBitsOfWhatItHasAlone) {
  std::mt19937_64 random(7);
  for (const Format& f : formats()) {
    int found = 0;
    for (int i = 0; i < 20000; ++i) {
      const int exponent =
          static_cast<int>(random() % static_cast<unsigned>(f.emax - f.quantum_exponent() + 4));
      const double significand = static_cast<double>(random() >> (random() % 53 + 11));
      const double value =
          std::ldexp(significand == 0 ? 1 : significand, f.quantum_exponent() - 2 + exponent % 300);
      if (!std::isfinite(value) || value == 0) continue;
      const Bits below = round(Rational(value), f, Rounding::downward);
      const bool is_there = below == round(Rational(value), f, Rounding::upward);
      ASSERT_EQ(find_bits(f, value), is_there ? std::optional(below) : std::nullopt)
          << f.name << " " << value;
      ASSERT_EQ(find_bits(f, -value).has_value(), is_there);
      found += is_there ? 1 : 0;
    }
    EXPECT_GT(found, 100) << f.name;
    EXPECT_EQ(find_bits(f, HUGE_VAL).has_value(), f.has_infinity);
    EXPECT_TRUE(is_nan(f, *find_bits(f, std::nan(""))));
  }
}

TEST(Format, Bfloat16IsTheUpperHalfOfBinary32) {
  for (Bits bits = 0; bits < 0x10000; ++bits) {
    const auto wide = std::bit_cast<float>(static_cast<std::uint32_t>(bits << 16));
    if (std::isnan(wide)) continue;
    ASSERT_EQ(decode(format(XENT_BFLOAT16), bits), wide);
  }
}

TEST(Format, Binary32AndBinary64AreTheMachines) {
  std::mt19937_64 random(kSeed);
  const Format& single = format(XENT_BINARY32);
  const Format& twice = format(XENT_BINARY64);
  std::vector<Bits> patterns = {0, 1, 0x7fffff, 0x800000, 0x7f7fffff, 0x7f800000, 0x80000000, 0xff800000};
  for (int i = 0; i < 100000; ++i) patterns.push_back(random() & 0xffffffff);
  for (const Bits bits : patterns) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (std::isnan(value)) {
      ASSERT_TRUE(is_nan(single, bits));
      continue;
    }
    ASSERT_EQ(std::bit_cast<Bits>(decode(single, bits)), std::bit_cast<Bits>(double{value}));
    ASSERT_EQ(encode(single, value), bits);
  }
  patterns = {0, 1, 0xfffffffffffff, 0x10000000000000, 0x7fefffffffffffff, 0x7ff0000000000000, Bits{1} << 63};
  for (int i = 0; i < 100000; ++i) patterns.push_back(random());
  for (const Bits bits : patterns) {
    const auto value = std::bit_cast<double>(bits);
    if (std::isnan(value)) {
      ASSERT_TRUE(is_nan(twice, bits));
      continue;
    }
    ASSERT_EQ(std::bit_cast<Bits>(decode(twice, bits)), bits);
    ASSERT_EQ(encode(twice, value), bits);
  }
}

TEST(Round, EveryGapOfBinary16IsRoundedByDefinition) {
  const Format& f = format(XENT_BINARY16);
  for (Bits low = 0; low < infinity(f); ++low) {
    ASSERT_NO_FATAL_FAILURE(expect_gap_rounds_correctly(f, low));
  }
}

TEST(Round, EveryPowerOfTwoAndRandomGapsOfWiderFormatsAreRoundedByDefinition) {
  std::mt19937_64 random(kSeed);
  for (const xent_format id : {XENT_BFLOAT16, XENT_BINARY32, XENT_BINARY64}) {
    const Format& f = format(id);
    std::vector<Bits> gaps = {0, 1, 2, 3, infinity(f) - 1, infinity(f) - 2};
    for (Bits power = Bits{1} << (f.precision - 1); power < infinity(f);
         power += (id == XENT_BINARY64 ? 16 : 1) * (Bits{1} << (f.precision - 1))) {
      gaps.insert(gaps.end(), {power - 1, power, power + 1});
    }
    for (int i = 0; i < 300; ++i) gaps.push_back(random() % infinity(f));
    for (const Bits low : gaps) ASSERT_NO_FATAL_FAILURE(expect_gap_rounds_correctly(f, low));
  }
}

TEST(Round, RationalsAgreeWithMpfr) {
  std::mt19937_64 random(kSeed);
  for (const Format& f : formats()) {
    for (int i = 0; i < 4000; ++i) {
      const Integer num = 1 + Integer(random() >> (random() % 64));
      const Integer den = 1 + Integer(random() >> (random() % 64));
      const int range = f.emax - f.quantum_exponent() + 20;
      const int exponent =
          static_cast<int>(random() % static_cast<unsigned>(range)) + f.quantum_exponent() - 10;
      const Integer scale = Integer(1) << std::abs(exponent);
      Rational value = exponent >= 0 ? Rational(num * scale, den) : Rational(num, den * scale);
      if (random() % 2 == 0) value = -value;
      ASSERT_NO_FATAL_FAILURE(expect_as_mpfr(value, f));
    }
  }
}

TEST(Round, BoundaryRationalsAgreeWithMpfr) {
  for (const Format& f : formats()) {
    const auto power = [](int exponent) {
      return exponent >= 0 ? Rational(Integer(1) << exponent) : Rational(1, Integer(1) << -exponent);
    };
    const Rational quantum = power(f.quantum_exponent());
    const Rational largest(decode(f, infinity(f) - 1));
    const Rational half_ulp = power(f.emax - f.precision);
    const Rational tiny = power(-3000);
    const std::vector<Rational> boundaries = {
        Rational(0),       quantum,           quantum / 2,
        quantum * 3 / 2,   power(f.emin),     Rational(power(f.emin) - quantum / 2),
        Rational(1),       largest,           Rational(largest + half_ulp),
        power(f.emax + 1), power(f.emax + 2), power(f.emax + 5),
        quantum / 1024};
    for (const Rational& at : boundaries) {
      for (const Rational& step : {Rational(0), tiny, Rational(-tiny), Rational(tiny / 3)}) {
        const Rational value = at + step;
        ASSERT_NO_FATAL_FAILURE(expect_as_mpfr(value, f));
        ASSERT_NO_FATAL_FAILURE(expect_as_mpfr(-value, f));
      }
    }
  }
}

TEST(Round, QuotientsAreTheHardwares) {
  const std::pair<int, Rounding> modes[] = {{FE_TONEAREST, Rounding::nearest_even},
                                            {FE_TOWARDZERO, Rounding::toward_zero},
                                            {FE_UPWARD, Rounding::upward},
                                            {FE_DOWNWARD, Rounding::downward}};
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 20000; ++i) {
    const volatile double a = std::bit_cast<double>(random());
    const volatile double b = std::bit_cast<double>(random());
    const volatile float c = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    const volatile float d = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    for (const auto& [mode, direction] : modes) {
      std::fesetround(mode);
      const volatile double wide = a / b;
      const volatile float narrow = c / d;
      std::fesetround(FE_TONEAREST);
      if (std::isfinite(a) && std::isfinite(b) && a != 0 && b != 0) {
        ASSERT_EQ(round(Rational(Rational(a) / Rational(b)), format(XENT_BINARY64), direction),
                  std::bit_cast<Bits>(double{wide}))
            << hexfloat(a) << " / " << hexfloat(b) << " " << name(direction);
      }
      if (std::isfinite(c) && std::isfinite(d) && c != 0 && d != 0) {
        ASSERT_EQ(round(Rational(Rational(c) / Rational(d)), format(XENT_BINARY32), direction),
                  std::bit_cast<std::uint32_t>(float{narrow}))
            << hexfloat(c) << " / " << hexfloat(d) << " " << name(direction);
      }
    }
  }
}

TEST(Round, StickyEqualsATinyStepOnRandomDyadics) {
  std::mt19937_64 random(kSeed);
  for (const Format& f : formats()) {
    for (int i = 0; i < 3000; ++i) {
      // Few significant bits, so that floats and midpoints are frequent.
      Dyadic value{Integer(random() >> (random() % 64)), 0};
      value.exponent = f.quantum_exponent() - 6 +
                       static_cast<int>(random() % static_cast<unsigned>(f.emax - f.quantum_exponent() + 8));
      if (random() % 2 == 0) value.significand = -value.significand;
      for (const Sticky sticky : {Sticky::below, Sticky::none, Sticky::above}) {
        const Rational stepped = expanded(value) + static_cast<int>(sticky) * Rational(1, Integer(1) << 3000);
        for (const Rounding direction : kRoundings) {
          ASSERT_EQ(round(value, sticky, f, direction), round(stepped, f, direction))
              << f.name << " " << name(direction) << " " << value.significand << "p" << value.exponent
              << " sticky " << static_cast<int>(sticky);
        }
      }
    }
  }
}

TEST(Round, AnExactZeroIsPositiveAndAnInfinitesimalKeepsItsSign) {
  for (const Format& f : formats()) {
    const Bits minus = sign_of(f);
    for (const Rounding direction : kRoundings) {
      EXPECT_EQ(round(Dyadic{}, Sticky::none, f, direction), 0U);
      EXPECT_EQ(round(Dyadic{0, 12345}, Sticky::none, f, direction), 0U);
      EXPECT_EQ(round(Rational(0), f, direction), 0U);
      EXPECT_EQ(round(Dyadic{}, Sticky::above, f, direction), direction == Rounding::upward ? 1U : 0U);
      EXPECT_EQ(round(Dyadic{}, Sticky::below, f, direction),
                minus | (direction == Rounding::downward ? 1U : 0U));
    }
  }
}

TEST(Round, ExponentsFarOutsideTheFormatAreDecidedAtOnce) {
  for (const std::int64_t far : {std::int64_t{1} << 20, std::int64_t{1} << 60, std::int64_t{1} << 62}) {
    for (const Format& f : formats()) {
      for (const Sticky sticky : {Sticky::below, Sticky::none, Sticky::above}) {
        for (const Rounding direction : kRoundings) {
          for (const Integer& significand : {Integer(1), Integer(5), Integer((Integer(1) << 200) - 1)}) {
            const bool up = direction == Rounding::upward;
            const bool down = direction == Rounding::downward;
            const bool zero = direction == Rounding::toward_zero;
            const Bits largest = infinity(f) - 1;
            EXPECT_EQ(round(Dyadic{significand, far}, sticky, f, direction),
                      down || zero ? largest : infinity(f));
            EXPECT_EQ(round(Dyadic{-significand, far}, sticky, f, direction),
                      (up || zero ? largest : infinity(f)) | sign_of(f));
            EXPECT_EQ(round(Dyadic{significand, -far}, sticky, f, direction), up ? 1U : 0U);
            EXPECT_EQ(round(Dyadic{-significand, -far}, sticky, f, direction), sign_of(f) | (down ? 1U : 0U));
          }
        }
      }
    }
  }
}

TEST(Round, HalfTheSmallestSubnormalIsATie) {
  for (const Format& f : formats()) {
    const Dyadic half{1, f.quantum_exponent() - 1};
    EXPECT_EQ(round(half, Sticky::none, f, Rounding::nearest_even), 0U);
    EXPECT_EQ(round(half, Sticky::none, f, Rounding::nearest_away), 1U);
    EXPECT_EQ(round(half, Sticky::above, f, Rounding::nearest_even), 1U);
    EXPECT_EQ(round(half, Sticky::below, f, Rounding::nearest_away), 0U);
  }
}

// 480 would be the next after 448; it is the NaN.
TEST(Round, OverflowOfE4m3BeginsAbove464) {
  const Format& f = format(XENT_FP8_E4M3);
  EXPECT_EQ(round(Rational(464), f, Rounding::nearest_even), 0x7eU);
  EXPECT_EQ(round(Rational(464), f, Rounding::nearest_away), 0x7fU);
  EXPECT_EQ(round(Dyadic{464, 0}, Sticky::above, f, Rounding::nearest_even), 0x7fU);
  EXPECT_EQ(round(Rational(1000), f, Rounding::toward_zero), 0x7eU);
  EXPECT_EQ(round(Rational(-449), f, Rounding::upward), 0xfeU);
  EXPECT_EQ(round(Rational(-449), f, Rounding::downward), 0xffU);
}

TEST(Round, OverflowBeginsHalfAnUlpAboveTheLargest) {
  for (const Format& f : formats()) {
    if (!f.has_infinity) continue;
    const Dyadic threshold{(Integer(1) << (f.precision + 1)) - 1, f.emax - f.precision};
    EXPECT_EQ(round(threshold, Sticky::below, f, Rounding::nearest_even), infinity(f) - 1);
    EXPECT_EQ(round(threshold, Sticky::none, f, Rounding::nearest_even), infinity(f));
    EXPECT_EQ(round(threshold, Sticky::below, f, Rounding::nearest_away), infinity(f) - 1);
    EXPECT_EQ(round(threshold, Sticky::above, f, Rounding::toward_zero), infinity(f) - 1);
    const Dyadic beyond{1, f.emax + 1};
    EXPECT_EQ(round(beyond, Sticky::below, f, Rounding::upward), infinity(f));
    EXPECT_EQ(round(beyond, Sticky::none, f, Rounding::downward), infinity(f) - 1);
  }
}

TEST(UlpExponent, IsTheSpacingOfTheFloatsAtAReal) {
  for (const Format& f : formats()) {
    EXPECT_EQ(ulp_exponent(f, 0), 1 - f.precision);
    EXPECT_EQ(ulp_exponent(f, f.emin), f.quantum_exponent());
    EXPECT_EQ(ulp_exponent(f, f.emin - 1), f.quantum_exponent());
    EXPECT_EQ(ulp_exponent(f, std::numeric_limits<std::int64_t>::min()), f.quantum_exponent());
    EXPECT_EQ(ulp_exponent(f, f.emax), f.emax - f.precision + 1);
  }
  const Format& f = format(XENT_BINARY32);
  for (Bits bits = 1; bits < infinity(f) - 1; bits += 9973) {
    const double x = decode(f, bits);
    const int exponent = x == 0 ? f.emin : std::ilogb(x);
    ASSERT_EQ(std::ldexp(1.0, ulp_exponent(f, exponent)), decode(f, bits + 1) - x);
  }
}

TEST(Hexfloat, IsReadBackByStrtod) {
  for (const double value : {0.0, -0.0, 1.0, -0.1, 0x1p-1074, 1e308, HUGE_VAL, -HUGE_VAL}) {
    EXPECT_EQ(std::bit_cast<Bits>(std::strtod(hexfloat(value).c_str(), nullptr)), std::bit_cast<Bits>(value));
  }
  EXPECT_EQ(hexfloat(std::nan("")), "nan");
  EXPECT_EQ(hexfloat(-std::nan("")), "nan");
  EXPECT_EQ(hexfloat(-0.0), "-0x0p+0");
}

}  // namespace
}  // namespace xent::reference
