// Exponentials in binary64, as products of two factors that the caller feeds to one fused multiply-add.
// Compiled once for every SIMD target. The constants come from exp.sollya.
#if defined(XENT_FAST_WIDE_EXP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_WIDE_EXP_INL_H
#undef XENT_FAST_WIDE_EXP_INL_H
#else
#define XENT_FAST_WIDE_EXP_INL_H
#endif

#include <cmath>
#include <cstdint>

#include "fast/row-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Longs = hn::RebindToSigned<Doubles>;

// e^x = 2^(n / kSteps) e^r with n = round(x kSteps / ln 2), r = x - n ln 2 / kSteps. y = x kSteps / ln 2 +
// magic has an ulp of 1, so that the addition itself rounds and the low bits of y are those of n + magic,
// which are chosen to be the biased exponent (and, for steps, the index of the power 2^(j / kSteps)).
//
// Two polynomials for e^r: the short one is off by less than 2^-38.5, the long one by less than 2^-47.6.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
// 16 powers in two registers spare the polynomials 4 and 5 multiplications.
inline constexpr int64_t kSteps = 16;
inline constexpr double kShortPolynomial[] = {0x1.ffffffffffe6ap-1, 0x1.fffffffb0e87cp-1,
                                              0x1.00000005c437cp-1, 0x1.5557e6935911ep-3,
                                              0x1.55539f47d0856p-5};
inline constexpr double kLongPolynomial[] = {0x1.0000000000014p0, 0x1.fffffffffff56p-1, 0x1.fffffffd0b3abp-2,
                                             0x1.5555555a307ap-3, 0x1.5557629a76bb1p-5, 0x1.110fdf084756p-7};
#else
inline constexpr int64_t kSteps = 1;
inline constexpr double kShortPolynomial[] = {
    0x1.ffffffffff78ep-1,  0x1.ffffffffd50f1p-1,  0x1.0000000089069p-1,
    0x1.555555a0f1af7p-3,  0x1.5555540313cf2p-5,  0x1.11108221b48cp-7,
    0x1.6c18b5326061ep-10, 0x1.a1a8e1effbda5p-13, 0x1.9ed9ee1377e7bp-16};
inline constexpr double kLongPolynomial[] = {0x1p0,
                                             0x1.000000000001dp0,
                                             0x1.ffffffffffed5p-2,
                                             0x1.555555554bb9dp-3,
                                             0x1.5555555582698p-5,
                                             0x1.1111112d5fd82p-7,
                                             0x1.6c16c0e817185p-10,
                                             0x1.a01979f98dae7p-13,
                                             0x1.a01b1b6e12a64p-16,
                                             0x1.72f9e77026144p-19,
                                             0x1.27653b67ab3fap-22};
#endif
inline constexpr double kShortPolynomialError = 0x1.6p-39;
inline constexpr double kLongPolynomialError = 0x1p-47;

inline constexpr double kStepsPerNat = 0x1.71547652b82fep0 * kSteps;
inline constexpr double kNatsPerStep = 0x1.62e42fefa39efp-1 / kSteps;
inline constexpr double kNatsPerStepLow = 0x1.abc9e3b39803fp-56 / kSteps;  // the rest of ln 2

// 2^52 and a half hold the sign of n; the exponent of 2^0 is 1023.
inline constexpr double kExponentBias = 1023.0 * kSteps;
inline constexpr double kMagic = 0x1.8p52 + kExponentBias;

// max(x, floor), but NaN for NaN: as at_least_floor of exp-inl.h.
HWY_INLINE DoubleVec at_least(DoubleVec floor, DoubleVec x) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR
  return hn::Max(floor, x);
#else
  return hn::IfThenElse(hn::Lt(x, floor), floor, x);
#endif
}

// p[0] + r (p[1] + r (... + r p[size - 1])).
template <size_t size>
HWY_INLINE DoubleVec polynomial(const double (&p)[size], DoubleVec r) {
  DoubleVec sum = hn::Set(Doubles(), p[size - 1]);
#pragma GCC unroll 16
  for (size_t i = 1; i < size; ++i) sum = hn::MulAdd(r, sum, hn::Set(Doubles(), p[size - 1 - i]));
  return sum;
}

// The same as two independent chains, for where there is nothing else to do meanwhile. size is even.
template <size_t size>
HWY_INLINE DoubleVec short_chains(const double (&p)[size], DoubleVec r) {
  static_assert(size % 2 == 0);
  const Doubles f;
  const DoubleVec square = hn::Mul(r, r);
  DoubleVec even = hn::Set(f, p[size - 2]);
  DoubleVec odd = hn::Set(f, p[size - 1]);
#pragma GCC unroll 16
  for (size_t i = 4; i <= size; i += 2) {
    even = hn::MulAdd(square, even, hn::Set(f, p[size - i]));
    odd = hn::MulAdd(square, odd, hn::Set(f, p[size - i + 1]));
  }
  return hn::MulAdd(r, odd, even);
}

// 2^(n / kSteps) from y, but +0 where the exponent field is 0 and n a multiple of kSteps, and something below
// 2^-1021 for other n there. Error: 2^-54.
HWY_INLINE DoubleVec power_of_two(DoubleVec y) {
  const hn::Vec<Longs> bits = hn::BitCast(Longs(), y);
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  // Bits of the fraction of 2^(j/16), less the j 2^48 that the shift of y leaves there.
  alignas(64) static constexpr int64_t kPowers[16] = {0,
                                                      -82083586668273,
                                                      -155339362315909,
                                                      -219376486358472,
                                                      -273786814220523,
                                                      -318144131222494,
                                                      -352003352548825,
                                                      -374899687795671,
                                                      -386347768529971,
                                                      -385840737222265,
                                                      -372849295843109,
                                                      -346820712337264,
                                                      -307177783110739,
                                                      -253317749583204,
                                                      -184611166772089,
                                                      -100400721784614};
  const hn::Vec<Longs> power{_mm512_permutex2var_epi64(hn::Load(Longs(), kPowers).raw, bits.raw,
                                                       hn::Load(Longs(), kPowers + 8).raw)};
  return hn::BitCast(Doubles(), hn::Add(hn::ShiftLeft<48>(bits), power));
#else
  return hn::BitCast(Doubles(), hn::ShiftLeft<52>(bits));
#endif
}

struct WideExpFactors {
  DoubleVec fraction;
  DoubleVec scale;
};

// Factors of e^(x - m) = fraction * scale, for x <= m.
//
// Domain: m finite, or 0. x = -inf, and all x below m - 1023 ln 2, give 0 (from m - 1022 ln 2 down, something
// below 2^-1021); NaN gives NaN.
// Error: relative, besides that of the long polynomial, in units of 2^-53: x - m is rounded, and so is n ln 2
//   without fused operations, and ln 2 is off by a third of it, 2.4 |x - m|; scale, fraction and their
//   product 4.
class RelativeExp {
 public:
  HWY_INLINE explicit RelativeExp(float max) : max_(hn::Set(Doubles(), static_cast<double>(max))) {}

  HWY_INLINE WideExpFactors operator()(DoubleVec x) const { return of_difference(hn::Sub(x, max_)); }

  static HWY_INLINE WideExpFactors of_difference(DoubleVec d) { return of_difference(d, kLongPolynomial); }
  // By another polynomial, with its error.
  template <size_t size>
  static HWY_INLINE WideExpFactors of_difference(DoubleVec d, const double (&p)[size]) {
    const Doubles f;
    const DoubleVec magic = hn::Set(f, kMagic);
    d = at_least(hn::Set(f, -kExponentBias * kNatsPerStep), d);
    const DoubleVec y = hn::MulAdd(d, hn::Set(f, kStepsPerNat), magic);
    const DoubleVec r = hn::NegMulAdd(hn::Sub(y, magic), hn::Set(f, kNatsPerStep), d);
    return {polynomial(p, r), power_of_two(y)};
  }

  // From sums of e^(x - m) to sums of e^(x - larger), and to those wanted.
  static double rescaling(float max, float larger) {
    return std::exp(static_cast<double>(max) - static_cast<double>(larger));
  }
  static double normalisation(float /*max*/) { return 1; }

 private:
  DoubleVec max_;
};

// The same relative to 2^(N / kSteps), N = round(m kSteps / ln 2), which spares the subtraction: r = x - n ln
// 2 / kSteps for the n of x itself.
//
// Domain: that of RelativeExp, and |m| <= kLargestMax; what a larger m gives means nothing.
// Error: besides that of the short polynomial, in units of 2^-53: 1.4 |x|, and 4.
class AbsoluteExp {
 public:
  static constexpr double kLargestMax = 0x1p15;

  HWY_INLINE explicit AbsoluteExp(float max)
      : magic_(hn::Set(Doubles(), kMagic - steps(max))),
        floor_(hn::Set(Doubles(), (steps(max) - kExponentBias) * kNatsPerStep)) {}

  HWY_INLINE WideExpFactors operator()(DoubleVec x) const {
    const Doubles f;
    x = at_least(floor_, x);
    const DoubleVec y = hn::MulAdd(x, hn::Set(f, kStepsPerNat), magic_);
    const DoubleVec r = hn::NegMulAdd(hn::Sub(y, magic_), hn::Set(f, kNatsPerStep), x);
    return {polynomial(kShortPolynomial, r), power_of_two(y)};
  }

  static double rescaling(float max, float larger) {
    return std::exp((steps(max) - steps(larger)) * kNatsPerStep);
  }
  // 2^(N / kSteps) / e^m.
  static double normalisation(float max) {
    const double n = steps(max);
    return std::exp(std::fma(n, kNatsPerStep, -static_cast<double>(max)) + n * kNatsPerStepLow);
  }

 private:
  static double steps(float max) { return std::round(static_cast<double>(max) * kStepsPerNat); }

  DoubleVec magic_;
  DoubleVec floor_;
};

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_WIDE_EXP_INL_H
