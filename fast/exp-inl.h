// e^x in binary32, relative to a reference point near the maximum of a row, and sums of it. Compiled once for
// every SIMD target. The constants come from exp.sollya.
#if defined(XENT_FAST_EXP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_EXP_INL_H
#undef XENT_FAST_EXP_INL_H
#else
#define XENT_FAST_EXP_INL_H
#endif

#include <cmath>
#include <optional>

#include "fast/exp.h"
#include "fast/row-inl.h"
#include "fast/wide_exp-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Ints = hn::RebindToSigned<Floats>;

inline constexpr float kLog2E = 0x1.715476p0f;
inline constexpr double kLn2 = 0x1.62e43p-1;  // as binary32 has it

#undef XENT_FAST_HAS_POWERS
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
#define XENT_FAST_HAS_POWERS 1
#else
#define XENT_FAST_HAS_POWERS 0
#endif
inline constexpr bool kHasPowers = XENT_FAST_HAS_POWERS;

// max(x, floor), but NaN for NaN: maxps gives its second operand if either is NaN, other Max need not.
HWY_INLINE FloatVec at_least(FloatVec floor, FloatVec x) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  return hn::Max(floor, x);
#else
  return hn::IfThenElse(hn::Lt(x, floor), floor, x);
#endif
}

// One exponential, kPowerUnit e^(x - reference). With a table of powers it is power + power * excess, without
// one fraction * power, whose product is exact.
struct Exponential {
  FloatVec power;
#if XENT_FAST_HAS_POWERS
  FloatVec excess;  // below 0.0222 in magnitude
#else
  FloatVec fraction;
#endif

  // To binary32. Error: a rounding.
  HWY_INLINE FloatVec rounded() const {
#if XENT_FAST_HAS_POWERS
    return hn::MulAdd(power, excess, power);
#else
    return hn::Mul(power, fraction);
#endif
  }
  // Rounded to binary32, times a factor. Error: 2 more roundings.
  HWY_INLINE FloatVec times(FloatVec factor) const {
    const FloatVec scaled = hn::Mul(power, factor);
#if XENT_FAST_HAS_POWERS
    return hn::MulAdd(scaled, excess, scaled);
#else
    return hn::Mul(scaled, fraction);
#endif
  }
};

#if XENT_FAST_HAS_POWERS
// 16 lanes hold the 16 powers c 2^(j/16), c being such that all of them round well: off by 0.261 u at most.
inline constexpr double kPowerUnit = 0x1.d026fcp0;
// The steps of y are one above the exponent field, so that none that is_far lets pass makes a power whose
// field is above 255, with its factor below 4: that would wrap around, where 255 makes the sum infinite or
// NaN.
inline constexpr int kStepsAtOne = 128;
// Bits of the powers, less those of 1 and the j 2^19 that the shift of y leaves there, but for the step
// above.
alignas(64) inline constexpr int32_t kPowers[16] = {6820734, 6969821, 7148721, 7087249, 6946377, 6822480,
                                                    6716310, 6628652, 6560325, 6512185, 6485126, 6480081,
                                                    6498025, 6539976, 6606996, 6700196};
inline constexpr float kExpMagic = 0x1.8p19f;
// All bits of kExpMagic + n for n = 0 .. 255 and 15/16.
inline constexpr int32_t kBitsOfSteps = 0x49400fff;
#else
inline constexpr double kPowerUnit = 1;
inline constexpr int kStepsAtOne = 127;
inline constexpr float kExpMagic = 0x1.8p23f;
inline constexpr int32_t kBitsOfSteps = 0x4b4000ff;  // of kExpMagic + n for n = 0 .. 255
#endif

// The sum plus an exponential, but for its excess, and the sum of excesses plus its. Error: a rounding each.
HWY_INLINE FloatVec add_term(FloatVec sum, const Exponential& e) {
#if XENT_FAST_HAS_POWERS
  return hn::Add(e.power, sum);
#else
  return hn::MulAdd(e.fraction, e.power, sum);
#endif
}
HWY_INLINE FloatVec add_excess(FloatVec sum, [[maybe_unused]] const Exponential& e) {
#if XENT_FAST_HAS_POWERS
  return hn::MulAdd(e.power, e.excess, sum);
#else
  return sum;
#endif
}
// The same with nothing to add to. Error: none, and a rounding.
HWY_INLINE FloatVec first_term(const Exponential& e) {
#if XENT_FAST_HAS_POWERS
  return e.power;
#else
  return hn::Mul(e.fraction, e.power);
#endif
}

// All of it in binary64.
HWY_INLINE Sum in_full(const Exponential& e) {
  const Sum power = promoted(e.power);
#if XENT_FAST_HAS_POWERS
  const Sum excess = promoted(e.excess);
  return {hn::MulAdd(power.low, excess.low, power.low), hn::MulAdd(power.high, excess.high, power.high)};
#else
  const Sum fraction = promoted(e.fraction);
  return {hn::Mul(power.low, fraction.low), hn::Mul(power.high, fraction.high)};
#endif
}

#if XENT_FAST_HAS_POWERS
// 8 of factor 2^(j/16), from j = first on.
HWY_INLINE hn::Vec<hn::Half<Floats>> eight_powers(double factor, int first) {
  const Doubles d;
  const DoubleVec y = hn::Add(hn::Set(d, kMagic + first), hn::Iota(d, 0));
  return hn::DemoteTo(hn::Half<Floats>(), hn::Mul(power_of_two(y), hn::Set(d, factor)));
}
// As kPowers, of factor 2^(j/16) less the exponent k of factor. Error: a rounding.
HWY_INLINE hn::Vec<Ints> powers_times(double factor, int k) {
  const Ints i;
  const FloatVec powers = hn::Combine(Floats(), eight_powers(factor, 8), eight_powers(factor, 0));
  const hn::Vec<Ints> of_one = hn::Set(i, (k + kStepsAtOne) << 23);
  return hn::Sub(hn::BitCast(i, powers), hn::Add(of_one, hn::ShiftLeft<19>(hn::Iota(i, 0))));
}
#endif

// How many steps below the reference the floor lies: at the least normal power; and, for sums, where even the
// product of a power and its excess is normal. Processors take a hundred cycles for a subnormal one, which
// every masked logit and every target would cost.
inline constexpr float kFullDepth = 126;
inline constexpr float kSumDepth = -kSumExponent;

// The exponentials of a row, or of a row a lane, with maximum m.
//
// Method: e^x = 2^n e^r, r = x - n ln 2, n a multiple of 1 (or 1/16). y = x log2(e) + magic has an ulp of 1
// (or 1/16), so the addition itself rounds, y - magic = n is exact, and the low bits of y hold n - N +
// kStepsAtOne, which a shift moves to the exponent field: the result is relative to N ln 2 for the nearest
// integer N to m log2(e), and no difference to m is ever formed. For |m| > kExpLargest it is, as then it is
// exact (Sterbenz) wherever it is above the floor, and N = 0.
// Domain: x <= m, or NaN, or -inf, which is raised to the floor like every x below N ln 2 - depth ln 2: what
// it adds is below 2^(1 - depth), not 0. NaN makes n, r and the result NaN, whatever the bits of power are.
// kMayBeFar = false: |m| <= kExpLargest. Error: exp.h.
template <bool kMayBeFar>
class NarrowExp {
 public:
  HWY_INLINE explicit NarrowExp(float max, float depth = kSumDepth)
      : NarrowExp(hn::Set(Floats(), max), depth) {}
  HWY_INLINE explicit NarrowExp(FloatVec max, float depth = kSumDepth)
      : NarrowExp(steps_to(max), offset_to(max), depth) {}

  // The one whose reference() is `reference`, of kFullDepth; none if that takes differences.
  static HWY_INLINE std::optional<NarrowExp> of_reference(double reference) {
    const double steps = std::nearbyint(reference / kNatsPerReferenceStep);
    const bool is_near = std::fabs(steps) < 512 && steps * kNatsPerReferenceStep == reference;
    if (!is_near && !kMayBeFar) return std::nullopt;
    const Floats f;
    return NarrowExp(hn::Set(f, is_near ? static_cast<float>(steps) : 0.0f),
                     hn::Set(f, is_near ? 0.0f : static_cast<float>(reference)), kFullDepth);
  }

  HWY_INLINE Exponential operator()(FloatVec x) const {
    Exponential e[1];
    hn::Vec<Ints> unused = hn::Zero(Ints());
    of({x}, e, unused);
    return e[0];
  }

  // Several at once, step by step, so that what waits for each other lies apart; and, in seen, the bitwise or
  // of all y, which is_far knows.
  template <int n>
  HWY_INLINE void of(const FloatVec (&logits)[n], Exponential (&e)[n], hn::Vec<Ints>& seen) const {
    FloatVec x[n];
    FloatVec y[n];
    XENT_FAST_EACH(n) {
      x[k] = kMayBeFar ? hn::Sub(logits[k], offset_) : logits[k];
      x[k] = at_least(floor_, x[k]);
      y[k] = y_of(x[k]);
    }
    XENT_FAST_EACH(n) settle(y[k]);
    seen = hn::Or(seen, bits_of(y));
    settle(seen);
    of_steps(x, y, e);
  }

  // The same without raising any x: gives whether one is below the floor, for which e means nothing. Hardly
  // ever is there, so that this is cheaper. Domain: no NaN.
  template <int n>
  HWY_INLINE bool of_most(const FloatVec (&x)[n], Exponential (&e)[n]) const {
    static_assert(!kMayBeFar);
    FloatVec y[n];
    XENT_FAST_EACH(n) y[k] = y_of(x[k]);
    XENT_FAST_EACH(n) settle(y[k]);
    of_steps(x, y, e);
    FloatVec least = x[0];
    for (int k = 1; k < n; ++k) least = hn::Min(least, x[k]);
    return !hn::AllTrue(Floats(), hn::Ge(least, floor_));
  }

  // The one whose results are factor e^(x - reference()), the powers being rounded to binary32 once; its
  // floor is where they become subnormal, and results there are below 2^-125. None for factors far from 1,
  // and without powers.
  HWY_INLINE std::optional<NarrowExp> scaled([[maybe_unused]] double factor) const {
#if XENT_FAST_HAS_POWERS
    constexpr double kLargest = 0x1p100;
    const double magnitude = std::fabs(factor);
    if (magnitude <= kLargest && magnitude >= 1 / kLargest) {
      const int k = exponent_of(factor);
      NarrowExp exp = *this;
      exp.count_from(hn::Sub(steps_, hn::Set(Floats(), static_cast<float>(k))), kFullDepth);
      exp.powers_ = powers_times(factor, k);
      return exp;
    }
#endif
    return std::nullopt;
  }

  // Whether x is below the floor, where an exponential is nothing to speak of; not so NaN.
  HWY_INLINE hn::Mask<Floats> is_nothing(FloatVec x) const {
    return hn::Lt(kMayBeFar ? hn::Sub(x, offset_) : x, floor_);
  }

  // Whether any y whose bits are in `seen`, bitwise or, was of an x so far above the reference that 2^n is no
  // float, but for the first ones above the largest, which are infinite or NaN. The bits of a larger y than
  // 256 steps above the least, or of +inf or of NaN, are no subset of those that y may have, for a number
  // whose bits are a subset of another's is not larger.
  static HWY_INLINE bool is_far(hn::Vec<Ints> seen) {
    const Ints i;
    const hn::Vec<Ints> allowed = hn::Set(i, kBitsOfSteps);
    return !hn::AllTrue(i, hn::Eq(hn::AndNot(allowed, seen), hn::Zero(i)));
  }

  // What the results are relative to, a lane: N ln 2, or m. Exact but for a rounding of binary64.
  HWY_INLINE Sum references() const {
    const Sum steps = promoted(steps_);
    const Sum offset = promoted(offset_);
    const DoubleVec ln2 = hn::Set(Doubles(), kNatsPerReferenceStep);
    return {hn::MulAdd(steps.low, ln2, offset.low), hn::MulAdd(steps.high, ln2, offset.high)};
  }
  HWY_INLINE double reference() const {
    return hn::GetLane(references().low);
  }
  // That of the one whose results are smaller by 2^k.
  HWY_INLINE double reference_above(int k) const {
    return (static_cast<double>(hn::GetLane(steps_)) + k) * kNatsPerReferenceStep;
  }

 private:
  HWY_INLINE NarrowExp(FloatVec steps, FloatVec offset, float depth) : steps_(steps), offset_(offset) {
    count_from(steps, depth);
#if XENT_FAST_HAS_POWERS
    powers_ = hn::Sub(hn::Load(Ints(), kPowers), hn::Set(Ints(), (kStepsAtOne - 127) << 23));
#endif
  }

  HWY_INLINE void count_from(FloatVec steps, float depth) {
    const Floats f;
    magic_ = hn::Sub(hn::Set(f, kExpMagic + kStepsAtOne), steps);
    floor_ = hn::Mul(hn::Sub(steps, hn::Set(f, depth)), hn::Set(f, static_cast<float>(kLn2)));
  }

  HWY_INLINE FloatVec y_of(FloatVec x) const {
    return hn::MulAdd(x, hn::Set(Floats(), kLog2E), magic_);
  }

  template <int n>
  static HWY_INLINE hn::Vec<Ints> bits_of(const FloatVec (&y)[n]) {
    hn::Vec<Ints> bits = hn::BitCast(Ints(), y[0]);
    for (int k = 1; k < n; ++k) bits = hn::Or(bits, hn::BitCast(Ints(), y[k]));
    return bits;
  }

  template <int n>
  HWY_INLINE void of_steps(const FloatVec (&x)[n], const FloatVec (&y)[n], Exponential (&e)[n]) const {
    const Floats f;
    const Ints i;
    FloatVec r[n];
    XENT_FAST_EACH(n) r[k] = hn::Sub(y[k], magic_);
#if XENT_FAST_HAS_POWERS
    XENT_FAST_EACH(n) {
      settle(r[k]);
      r[k] = hn::NegMulAdd(r[k], hn::Set(f, static_cast<float>(kLn2)), x[k]);
      const hn::Vec<Ints> bits = hn::BitCast(i, y[k]);
      // The instruction ignores all but the low 4 bits of an index; Highway's wrapper would insist on
      // clearing them.
      const hn::Vec<Ints> power{_mm512_permutexvar_epi32(bits.raw, powers_.raw)};
      e[k].power = hn::BitCast(f, hn::Add(hn::ShiftLeft<19>(bits), power));
    }
    FloatVec p[n];
    XENT_FAST_EACH(n) {
      settle(r[k]);
      settle(e[k].power);
      p[k] = hn::MulAdd(r[k], hn::Set(f, 0x1.555658p-3f), hn::Set(f, 0x1.000224p-1f));
    }
    XENT_FAST_EACH(n) {
      settle(p[k]);
      p[k] = hn::MulAdd(r[k], p[k], hn::Set(f, 1.0f));
    }
    XENT_FAST_EACH(n) {
      settle(p[k]);
      e[k].excess = hn::Mul(r[k], p[k]);
    }
#else
    XENT_FAST_EACH(n) {
      // Two constants (Cody & Waite 1980): n hi is exact, so this is right without fused operations as well.
      // What lo takes away is added where it is rounded with the sum: e^r = 1 + (hi part of r + (r^2 s(r) - n
      // lo)).
      const FloatVec near = hn::NegMulAdd(r[k], hn::Set(f, 0x1.62e4p-1f), x[k]);
      const FloatVec rest = hn::Mul(r[k], hn::Set(f, 0x1.7f7d1cp-20f));
      const FloatVec reduced = hn::Sub(near, rest);
      FloatVec s = hn::MulAdd(reduced, hn::Set(f, 0x1.68712ap-10f), hn::Set(f, 0x1.123ea2p-7f));
      s = hn::MulAdd(reduced, s, hn::Set(f, 0x1.555b8p-5f));
      s = hn::MulAdd(reduced, s, hn::Set(f, 0x1.55548ap-3f));
      s = hn::MulAdd(reduced, s, hn::Set(f, 0x1.fffff8p-2f));
      const FloatVec fraction =
          hn::Add(hn::Add(near, hn::MulSub(hn::Mul(reduced, reduced), s, rest)), hn::Set(f, 1.0f));
      e[k] = {hn::BitCast(f, hn::ShiftLeft<23>(hn::BitCast(i, y[k]))), fraction};
    }
#endif
  }

  static HWY_INLINE FloatVec steps_to(FloatVec max) {
    const FloatVec steps = hn::Round(hn::Mul(max, hn::Set(Floats(), kLog2E)));
    return kMayBeFar ? hn::IfThenElseZero(is_near(max), steps) : steps;
  }
  static HWY_INLINE FloatVec offset_to(FloatVec max) {
    return kMayBeFar ? hn::IfThenZeroElse(is_near(max), max) : hn::Zero(Floats());
  }
  static HWY_INLINE hn::Mask<Floats> is_near(FloatVec max) {
    return hn::Le(hn::Abs(max), hn::Set(Floats(), kExpLargest));
  }

#if XENT_FAST_HAS_POWERS
  static constexpr double kNatsPerReferenceStep = kLn2;
#else
  static constexpr double kNatsPerReferenceStep = 0x1.62e42fefa39efp-1;  // as hi + lo
#endif

  FloatVec steps_;  // N
  FloatVec offset_;
  FloatVec magic_;
  FloatVec floor_;
#if XENT_FAST_HAS_POWERS
  hn::Vec<Ints> powers_;
#endif
};

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_EXP_INL_H
