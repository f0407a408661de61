// e^d for d <= 0 in binary64, as a product of two factors that the caller feeds to one fused multiply-add.
// Compiled once for every SIMD target. The constants come from exp.sollya.
#if defined(XENT_FAST_WIDE_EXP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_WIDE_EXP_INL_H
#undef XENT_FAST_WIDE_EXP_INL_H
#else
#define XENT_FAST_WIDE_EXP_INL_H
#endif

#include <cstdint>

#include "fast/row-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Longs = hn::RebindToSigned<Doubles>;

// -1023 ln 2. At and below it e^d is exactly 0.
inline constexpr double kWideExpFloor = -0x1.628b76e3a7b61p9;

// As at_least_floor of exp-inl.h.
HWY_INLINE DoubleVec at_least_floor(DoubleVec d) {
  const DoubleVec floor = hn::Set(Doubles(), kWideExpFloor);
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  return hn::Max(floor, d);
#else
  return hn::IfThenElse(hn::Lt(d, floor), floor, d);
#endif
}

// p[0] + r (p[1] + r (... + r p[n - 1])).
template <size_t n>
HWY_INLINE DoubleVec polynomial(const double (&p)[n], DoubleVec r) {
  DoubleVec sum = hn::Set(Doubles(), p[n - 1]);
#pragma GCC unroll 16
  for (size_t i = 1; i < n; ++i) sum = hn::MulAdd(r, sum, hn::Set(Doubles(), p[n - 1 - i]));
  return sum;
}

struct WideExpFactors {
  DoubleVec fraction;
  DoubleVec scale;
};

// Factors of e^d = fraction * scale, by the method of exp_factors in exp-inl.h. Domain: d <= 0 or NaN.
//
// Error: with a fused multiply-add of the product, kWideExpError relative to e^d for d >= -708; below, e^d <
// 2^-1020 and the product is between 0 and 2^-1021. The polynomial contributes at most 2^-46; r is off by
// 2^-53 |d| (1.4 with the constant and, without fused operations, its product); scale and the steps of the
// polynomial, 2^-51.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
// 16 powers 2^(j/16) in two registers: |r| <= ln 2 / 32 needs degree 5, 4 multiplications fewer than below.
HWY_INLINE WideExpFactors wide_exp_factors(DoubleVec d) {
  static constexpr double kPolynomial[] = {0x1.0000000000014p0,  0x1.fffffffffff58p-1, 0x1.fffffffd0d342p-2,
                                           0x1.5555555a2416bp-3, 0x1.555761c8401d2p-5, 0x1.110fe29eb3f7ep-7};
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
  const Doubles f;
  const Longs i;
  const DoubleVec magic = hn::Set(f, 0x1.8p52 + 16 * 1023);
  d = at_least_floor(d);
  const DoubleVec y = hn::MulAdd(d, hn::Set(f, 0x1.71547652b82fep4), magic);
  const DoubleVec r = hn::NegMulAdd(hn::Sub(y, magic), hn::Set(f, 0x1.62e42fefa39efp-5), d);
  const hn::Vec<Longs> bits = hn::BitCast(i, y);
  const hn::Vec<Longs> power{
      _mm512_permutex2var_epi64(hn::Load(i, kPowers).raw, bits.raw, hn::Load(i, kPowers + 8).raw)};
  return {polynomial(kPolynomial, r), hn::BitCast(f, hn::Add(hn::ShiftLeft<48>(bits), power))};
}
#else
HWY_INLINE WideExpFactors wide_exp_factors(DoubleVec d) {
  static constexpr double kPolynomial[] = {
      0x1.0000000000039p0,   0x1.ffffffffffc38p-1, 0x1.ffffffffe836cp-2,  0x1.55555555bb9b9p-3,
      0x1.555555878ef4ep-5,  0x1.1111105af7537p-7, 0x1.6c162da437ec6p-10, 0x1.a01bc38cbef06p-13,
      0x1.a17bf1ddcf822p-16, 0x1.70db0ccc6578dp-19};
  const Doubles f;
  const DoubleVec magic = hn::Set(f, 0x1.8p52 + 1023);
  d = at_least_floor(d);
  const DoubleVec y = hn::MulAdd(d, hn::Set(f, 0x1.71547652b82fep0), magic);
  const DoubleVec r = hn::NegMulAdd(hn::Sub(y, magic), hn::Set(f, 0x1.62e42fefa39efp-1), d);
  return {polynomial(kPolynomial, r), hn::BitCast(f, hn::ShiftLeft<52>(hn::BitCast(Longs(), y)))};
}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_WIDE_EXP_INL_H
