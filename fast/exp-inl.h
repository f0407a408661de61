// e^x in binary32, relative to a reference point near the maximum of a row, and sums of it. Compiled once for
// every SIMD target. The constants come from exp.sollya.
#if defined(XENT_FAST_EXP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_EXP_INL_H
#undef XENT_FAST_EXP_INL_H
#else
#define XENT_FAST_EXP_INL_H
#endif

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "fast/exp.h"
#include "fast/kernel.h"
#include "fast/row-inl.h"
#include "fast/tail.h"
#include "fast/wide_exp-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Ints = hn::RebindToSigned<Floats>;

inline constexpr double kLog2E = 0x1.71547652b82fep0;
inline constexpr double kExactLn2 = 0x1.62e42fefa39efp-1;
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
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
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
// 16 lanes hold the 16 powers c 2^(j/16), from j = 15 down, c being such that all of them round well: off by
// 0.261 u at most.
inline constexpr double kPowerUnit = 0x1.d026fcp0;
alignas(64) inline constexpr float kPowers[16] = {
    0x1.bc7948p+1f, 0x1.a9a128p+1f, 0x1.979590p+1f, 0x1.864dd2p+1f, 0x1.75c1a2p+1f, 0x1.65e90cp+1f,
    0x1.56bc72p+1f, 0x1.48348ap+1f, 0x1.3a4a58p+1f, 0x1.2cf72cp+1f, 0x1.2034a0p+1f, 0x1.13fc92p+1f,
    0x1.084922p+1f, 0x1.fa2962p+0f, 0x1.e4b3bap+0f, 0x1.d026fcp+0f};
// What has an ulp of 1/16; and all bits of it plus the 256 steps, and their sixteenths, of a window.
inline constexpr float kExpMagic = 0x1p19f;
inline constexpr int32_t kBitsOfSteps = 0x49000fff;
inline constexpr float kWindow = 256 - 0x1p-4f;
#else
inline constexpr double kPowerUnit = 1;
inline constexpr float kExpMagic = 0x1.8p23f;
inline constexpr int kStepsAtOne = 127;
inline constexpr int32_t kBitsOfSteps = 0x4b4000ff;  // of kExpMagic + n for n = 0 .. 255
#endif

// The sum plus an exponential, but for its excess, and the sum of excesses plus its. Error: a rounding each.
HWY_INLINE FloatVec add_term(FloatVec sum, Exponential e) {
#if XENT_FAST_HAS_POWERS
  return hn::Add(e.power, sum);
#else
  return hn::MulAdd(e.fraction, e.power, sum);
#endif
}
HWY_INLINE FloatVec add_excess(FloatVec sum, [[maybe_unused]] Exponential e) {
#if XENT_FAST_HAS_POWERS
  return hn::MulAdd(e.power, e.excess, sum);
#else
  return sum;
#endif
}
// The same with nothing to add to. Error: none, and a rounding.
HWY_INLINE FloatVec first_term(Exponential e) {
#if XENT_FAST_HAS_POWERS
  return e.power;
#else
  return hn::Mul(e.fraction, e.power);
#endif
}

// All of it in binary64.
HWY_INLINE Sum in_full(Exponential e) {
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
// x 2^floor(n), rounded once.
HWY_INLINE FloatVec times_power_of_two(FloatVec x, FloatVec n) {
  return FloatVec{_mm512_scalef_ps(x.raw, n.raw)};
}

// 8 of factor 2^(j/16), from j = first on.
HWY_INLINE hn::Vec<hn::Half<Floats>> eight_powers(double factor, int first) {
  const Doubles d;
  const DoubleVec y = hn::Add(hn::Set(d, kMagic + first), hn::Iota(d, 0));
  return hn::DemoteTo(hn::Half<Floats>(), hn::Mul(power_of_two(y), hn::Set(d, factor)));
}
// As kPowers, of factor 2^(j/16). Error: a rounding.
HWY_INLINE FloatVec powers_times(double factor) {
  const Floats f;
  return hn::Reverse(f, hn::Combine(f, eight_powers(factor, 8), eight_powers(factor, 0)));
}
#endif

// What e^(scale x) is reduced by, n being steps of ln 2: r = scale (x - n step) - n lack, with step near
// ln 2 / scale and lack = ln 2 - scale step.
//
// Domain: kLeastLogitScale <= scale <= kLargestLogitScale.
struct ExpScale {
  double scale;
  bool is_one;
  float steps_per_unit;  // 1 / step
  float floor_step;      // step, or nearer to ln 2 / scale
  float step;            // of 15 bits where there is no table, so that n step is exact for |n| < 2^9
  float lack;
  float narrow_scale;     // scale in binary32,
  float rest_of_scale;    // and what that is less by
  float largest_near;     // of maxima that no difference is formed to
  double reference_step;  // what a step of the reference counts for, in nats

  explicit constexpr ExpScale(double factor)
      : scale(factor),
        is_one(factor == 1),
        steps_per_unit(static_cast<float>(kLog2E * factor)),
        floor_step(static_cast<float>(kExactLn2 / factor)),
        step(kHasPowers ? floor_step : short_step(kExactLn2 / factor)),
        lack(static_cast<float>(kExactLn2 - factor * static_cast<double>(step))),
        narrow_scale(static_cast<float>(factor)),
        rest_of_scale(static_cast<float>(factor - static_cast<double>(narrow_scale))),
        largest_near(static_cast<float>(static_cast<double>(kExpLargest) / factor)),
        reference_step(kHasPowers && is_one ? kLn2 : kExactLn2) {}

 private:
  // To 15 bits (Cody & Waite 1980).
  static constexpr float short_step(double exact) {
    constexpr uint64_t kDropped = uint64_t{1} << 38;
    const uint64_t bits = std::bit_cast<uint64_t>(exact) + kDropped / 2;
    return static_cast<float>(std::bit_cast<double>(bits & ~(kDropped - 1)));
  }
};

// That of logits, without a division where they have none.
inline constexpr ExpScale kNoScale(1.0);
HWY_INLINE ExpScale exp_scale(const Logits& logits) {
  return HWY_LIKELY(logits.scale == 1) ? kNoScale : ExpScale(logits.scale);
}

// How many steps below the reference the floor lies: at the least normal power; and, for sums, where even the
// product of a power and its excess is normal. Processors take a hundred cycles for a subnormal one, which
// every masked logit and every target would cost.
inline constexpr float kFullDepth = 126;
inline constexpr float kSumDepth = -kSumExponent;

// The exponentials of a row, or of a row a lane, with maximum m.
//
// Method: e^x = 2^n e^r, r = x - n ln 2, n a multiple of 1 (or 1/16). y = x log2(e) + magic has an ulp of 1
// (or 1/16), so the addition itself rounds, and y - magic = n is exact; the result is relative to N ln 2 for
// the nearest integer N to m log2(e), and no difference to m is ever formed. For |m| > kExpLargest it is, as
// then it is exact (Sterbenz) wherever it is above the floor, and N = 0.
//   A scale s, e^(s x), changes constants: n steps of ln 2 / s, and r = s (x - n ln 2 / s). What these
// constants are rounded by is added to r, so that errors do not grow with n; a scale of 1 spares that.
//   Without powers, the low bits of y hold n - N + 127, which a shift moves to the exponent field.
//   With them, y = magic - x log2(e), so that it is the larger the smaller x is: its low bits hold 256 - 1/16
// less how far n - N is above the floor, in sixteenths, and their last four are the index of the power, which
// one instruction multiplies by 2^(n - N); above 2^127 that is infinite.
// Domain: x <= m, or NaN, or -inf, which is raised to the floor like every x below N ln 2 - depth ln 2: what
// it adds is below 2^(1 - depth), not 0. NaN makes n, r and the result NaN, whatever the bits of power are.
// kMayBeFar = false: |s m| <= kExpNear. Error: exp.h.
template <bool kMayBeFar>
class NarrowExp {
 public:
  HWY_INLINE NarrowExp(const ExpScale& scale, float max, float depth = kSumDepth)
      : NarrowExp(scale, hn::Set(Floats(), max), depth) {}
  HWY_INLINE NarrowExp(const ExpScale& scale, FloatVec max, float depth = kSumDepth)
      : NarrowExp(scale, steps_to(scale, max), offset_to(scale, max), depth) {}

  // Whether a maximum is near enough for all.
  static HWY_INLINE bool is_in_domain(const ExpScale& scale, float max) {
    return std::fabs(static_cast<double>(max) * scale.scale) <= static_cast<double>(kExpNear);
  }

  // The N of the one whose reference() is `reference`, a lane; NaN if that takes differences.
  static HWY_INLINE DoubleVec steps_of(const ExpScale& scale, DoubleVec reference) {
    const Doubles d;
    const DoubleVec ln2 = hn::Set(d, scale.reference_step);
    const DoubleVec steps = hn::Round(hn::Mul(reference, hn::Set(d, kLog2E)));
    const DoubleVec most = hn::Set(d, kMayBeFar ? 512 : kNearSteps);
    const auto is_near = hn::And(hn::Le(hn::Abs(steps), most), hn::Eq(hn::Mul(steps, ln2), reference));
    return hn::IfThenElse(is_near, steps, hn::NaN(d));
  }
  static HWY_INLINE double steps_of(const ExpScale& scale, double reference) {
    return hn::GetLane(steps_of(scale, hn::Set(Doubles(), reference)));
  }

  // That one; none if it takes differences and may not. (The quotient is within 2^-52 of m, which is a
  // float.)
  static HWY_INLINE std::optional<NarrowExp> of_reference(const ExpScale& scale, double reference,
                                                          float depth = kFullDepth) {
    const double steps = steps_of(scale, reference);
    const bool is_near = !std::isnan(steps);
    if (!is_near && !kMayBeFar) return std::nullopt;
    const Floats f;
    return NarrowExp(scale, hn::Set(f, is_near ? static_cast<float>(steps) : 0.0f),
                     hn::Set(f, is_near ? 0.0f : static_cast<float>(reference / scale.scale)), depth);
  }

  // Several at once, step by step, so that what waits for each other lies apart.
  template <int n>
  HWY_INLINE void of(const FloatVec (&logits)[n], Exponential (&e)[n]) const {
    FloatVec x[n];
    FloatVec y[n];
    XENT_FAST_EACH(n) x[k] = at_least(floor_, kMayBeFar ? hn::Sub(logits[k], offset_) : logits[k]);
    XENT_FAST_EACH(n) y[k] = y_of(x[k]);
    of_steps(x, y, e);
  }

  // The same but for logits that is_outside tells of, for which e means nothing: cheaper than raising, where
  // hardly any are. seen is the bitwise or of all y.
  template <int n>
  HWY_INLINE void of_most(const FloatVec (&logits)[n], Exponential (&e)[n], hn::Vec<Ints>& seen) const {
    static_assert(!kMayBeFar);
    FloatVec x[n];
    FloatVec y[n];
    XENT_FAST_EACH(n) {
      x[k] = kHasPowers ? logits[k] : at_least(floor_, logits[k]);
      y[k] = y_of(x[k]);
    }
    add_bits_of(y, seen);
    of_steps(x, y, e);
  }

  // Only that.
  template <int n>
  HWY_INLINE void see(const FloatVec (&logits)[n], hn::Vec<Ints>& seen) const {
    FloatVec y[n];
    XENT_FAST_EACH(n) y[k] = y_of(logits[k]);
    add_bits_of(y, seen);
  }

  // Whether of_most saw NaN or a logit outside its window: with powers, one below the floor; those too far
  // above the reference make an infinite result, or NaN. Without, one of these, but for the first ones, which
  // do; +inf is one.
  //
  // The bits of a y that is larger than all that are allowed are no subset of theirs, for a number whose bits
  // are a subset of another's is not larger; infinity and NaN have the largest exponent.
  static HWY_INLINE bool is_outside(hn::Vec<Ints> seen) {
    const Ints i;
    const hn::Vec<Ints> allowed = hn::Set(i, kBitsOfSteps);
    return !hn::AllTrue(i, hn::Eq(hn::AndNot(allowed, seen), hn::Zero(i)));
  }

  // The one whose results are factor e^(x - reference()), the powers being rounded to binary32 once; its
  // floor is where they become subnormal, and results there are below 2^-125. None for factors far from 1,
  // and without powers.
  HWY_INLINE std::optional<NarrowExp> scaled([[maybe_unused]] double factor) const {
#if XENT_FAST_HAS_POWERS
    static_assert(!kMayBeFar);
    constexpr double kLargest = 0x1p100;
    const double steps = static_cast<double>(hn::GetLane(steps_));
    const double magnitude = std::fabs(factor);
    const int k = exponent_of(factor);
    if (magnitude <= kLargest && magnitude >= 1 / kLargest && std::fabs(k - steps) <= kNearSteps) {
      NarrowExp exp = *this;
      exp.count_from(steps_, kFullDepth + static_cast<float>(k));
      exp.powers_ = powers_times(factor * two_to_the(static_cast<int>(-steps)));
      return exp;
    }
#endif
    return std::nullopt;
  }

  // Whether x is below the floor, where an exponential is nothing to speak of; not so NaN.
  HWY_INLINE hn::Mask<Floats> is_nothing(FloatVec x) const {
    return hn::Lt(kMayBeFar ? hn::Sub(x, offset_) : x, floor_);
  }

  HWY_INLINE double scale() const {
    return scale_.scale;
  }

  // What the results are relative to, a lane: N ln 2, or m. Exact but for a rounding of binary64.
  HWY_INLINE Sum references() const {
    const Sum steps = promoted(steps_);
    Sum offset = promoted(offset_);
    multiply(offset, scale_.scale);
    const DoubleVec ln2 = hn::Set(Doubles(), scale_.reference_step);
    return {hn::MulAdd(steps.low, ln2, offset.low), hn::MulAdd(steps.high, ln2, offset.high)};
  }
  HWY_INLINE double reference() const {
    return hn::GetLane(references().low);
  }
  // That of the one whose results are smaller by 2^k.
  HWY_INLINE double reference_above(int k) const {
    return (static_cast<double>(hn::GetLane(steps_)) + k) * scale_.reference_step;
  }
  // The same a lane, where N is not 0 because m is far.
  HWY_INLINE Sum references_above(const Sum& k) const {
    const Sum steps = promoted(steps_);
    const DoubleVec ln2 = hn::Set(Doubles(), scale_.reference_step);
    return {hn::Mul(hn::Add(steps.low, k.low), ln2), hn::Mul(hn::Add(steps.high, k.high), ln2)};
  }

 private:
  // So many steps from 0, all powers times 2^-N are normal numbers.
  static constexpr double kNearSteps = 126;

  HWY_INLINE NarrowExp(const ExpScale& scale, FloatVec steps, FloatVec offset, float depth)
      : scale_(scale), steps_(steps), offset_(offset) {
    count_from(steps, depth);
#if XENT_FAST_HAS_POWERS
    powers_ = hn::Load(Floats(), kPowers);
    if (!kMayBeFar) powers_ = times_power_of_two(powers_, hn::Neg(steps));
#endif
  }

  HWY_INLINE void count_from(FloatVec steps, float depth) {
    const Floats f;
#if XENT_FAST_HAS_POWERS
    magic_ = hn::Add(hn::Set(f, kExpMagic + kWindow - depth), steps);
#else
    magic_ = hn::Sub(hn::Set(f, kExpMagic + kStepsAtOne), steps);
#endif
    floor_ = hn::Mul(hn::Sub(steps, hn::Set(f, depth)), hn::Set(f, scale_.floor_step));
  }

  HWY_INLINE FloatVec y_of(FloatVec x) const {
    const FloatVec log2e = hn::Set(Floats(), scale_.steps_per_unit);
    const FloatVec y = kHasPowers ? hn::NegMulAdd(x, log2e, magic_) : hn::MulAdd(x, log2e, magic_);
    return settled(y);
  }

  template <int n>
  static HWY_INLINE void add_bits_of(const FloatVec (&y)[n], hn::Vec<Ints>& seen) {
    const Ints i;
    for (int k = 0; k + 1 < n; k += 2) {
      seen = hn::Or3(seen, hn::BitCast(i, y[k]), hn::BitCast(i, y[k + 1]));
    }
    if (n % 2 != 0) seen = hn::Or(seen, hn::BitCast(i, y[n - 1]));
    seen = settled(seen);
  }

  template <int n>
  HWY_INLINE void of_steps(const FloatVec (&x)[n], const FloatVec (&y)[n], Exponential (&e)[n]) const {
    const Floats f;
    FloatVec r[n];
#if XENT_FAST_HAS_POWERS
    FloatVec steps[n];
    XENT_FAST_EACH(n) {
      steps[k] = settled(hn::Sub(magic_, y[k]));
      r[k] = hn::NegMulAdd(steps[k], hn::Set(f, scale_.step), x[k]);
      // The instruction ignores all but the low 4 bits of an index; Highway's wrapper would insist on
      // clearing them.
      const FloatVec power{_mm512_permutexvar_ps(hn::BitCast(Ints(), y[k]).raw, powers_.raw)};
      e[k].power = times_power_of_two(power, kMayBeFar ? hn::Sub(steps[k], steps_) : steps[k]);
    }
    if (HWY_UNLIKELY(!scale_.is_one)) {
      XENT_FAST_EACH(n) {
        const FloatVec near = hn::Mul(r[k], hn::Set(f, scale_.narrow_scale));
        r[k] = hn::NegMulAdd(steps[k], hn::Set(f, scale_.lack), near);
      }
    }
    FloatVec p[n];
    XENT_FAST_EACH(n) {
      r[k] = settled(r[k]);
      e[k].power = settled(e[k].power);
      p[k] = hn::MulAdd(r[k], hn::Set(f, 0x1.555658p-3f), hn::Set(f, 0x1.000224p-1f));
    }
    XENT_FAST_EACH(n) {
      p[k] = hn::MulAdd(r[k], settled(p[k]), hn::Set(f, 1.0f));
    }
    XENT_FAST_EACH(n) {
      e[k].excess = hn::Mul(r[k], settled(p[k]));
    }
#else
    XENT_FAST_EACH(n) {
      r[k] = hn::Sub(y[k], magic_);
      // n step is exact, so this is right without fused operations as well. What else r lacks is added where
      // it is rounded with the sum: e^r = 1 + (near + (r^2 s(r) - rest)).
      FloatVec near = hn::NegMulAdd(r[k], hn::Set(f, scale_.step), x[k]);
      FloatVec rest = hn::Mul(r[k], hn::Set(f, scale_.lack));
      if (HWY_UNLIKELY(!scale_.is_one)) multiply_by_scale(near, rest);
      const FloatVec reduced = hn::Sub(near, rest);
      FloatVec s = hn::MulAdd(reduced, hn::Set(f, 0x1.68712ap-10f), hn::Set(f, 0x1.123ea2p-7f));
      s = hn::MulAdd(reduced, s, hn::Set(f, 0x1.555b8p-5f));
      s = hn::MulAdd(reduced, s, hn::Set(f, 0x1.55548ap-3f));
      s = hn::MulAdd(reduced, s, hn::Set(f, 0x1.fffff8p-2f));
      const FloatVec fraction =
          hn::Add(hn::Add(near, hn::MulSub(hn::Mul(reduced, reduced), s, rest)), hn::Set(f, 1.0f));
      e[k] = {hn::BitCast(f, hn::ShiftLeft<23>(hn::BitCast(Ints(), y[k]))), fraction};
    }
#endif
  }

#if !XENT_FAST_HAS_POWERS
  // near to its product, and what that lacks from rest.
  HWY_INLINE void multiply_by_scale(FloatVec& near, FloatVec& rest) const {
#if HWY_NATIVE_FMA && HWY_TARGET != HWY_SCALAR
    const FloatVec scale = hn::Set(Floats(), scale_.narrow_scale);
    const FloatVec product = hn::Mul(near, scale);
    rest = hn::Sub(rest, hn::MulSub(near, scale, product));
    rest = hn::NegMulAdd(near, hn::Set(Floats(), scale_.rest_of_scale), rest);
    near = product;
#else
    Sum exact = promoted(near);
    multiply(exact, scale_.scale);
    near = demoted(exact);
    const Sum product = promoted(near);
    rest = hn::Sub(rest, demoted({hn::Sub(exact.low, product.low), hn::Sub(exact.high, product.high)}));
#endif
  }
#endif

  static HWY_INLINE FloatVec steps_to(const ExpScale& scale, FloatVec max) {
    const FloatVec steps = hn::Round(hn::Mul(max, hn::Set(Floats(), scale.steps_per_unit)));
    return kMayBeFar ? hn::IfThenElseZero(is_near(scale, max), steps) : steps;
  }
  static HWY_INLINE FloatVec offset_to(const ExpScale& scale, FloatVec max) {
    return kMayBeFar ? hn::IfThenZeroElse(is_near(scale, max), max) : hn::Zero(Floats());
  }
  static HWY_INLINE hn::Mask<Floats> is_near(const ExpScale& scale, FloatVec max) {
    return hn::Le(hn::Abs(max), hn::Set(Floats(), scale.largest_near));
  }

  ExpScale scale_;
  FloatVec steps_;  // N
  FloatVec offset_;
  FloatVec magic_;
  FloatVec floor_;
#if XENT_FAST_HAS_POWERS
  FloatVec powers_;  // unless kMayBeFar, times 2^-N
#endif
};

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_EXP_INL_H
