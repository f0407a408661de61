// e^d for d <= 0 in binary32, as a product of two factors that the caller feeds to one fused multiply-add.
// Compiled once for every SIMD target. The constants come from exp.sollya.
#if defined(XENT_FAST_EXP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef XENT_FAST_EXP_INL_H
#undef XENT_FAST_EXP_INL_H
#else
#define XENT_FAST_EXP_INL_H
#endif

#include "fast/exp.h"
#include "fast/row-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace xent::fast {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Ints = hn::RebindToSigned<Floats>;

// max(d, kExpFloor), but NaN for NaN: maxps gives its second operand if either is NaN, other Max need not.
HWY_INLINE FloatVec at_least_floor(FloatVec d) {
  const FloatVec floor = hn::Set(Floats(), kExpFloor);
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  return hn::Max(floor, d);
#else
  return hn::IfThenElse(hn::Lt(d, floor), floor, d);
#endif
}

struct ExpFactors {
  FloatVec fraction;  // near 1, exactly 1 for d = 0
  FloatVec scale;     // a rounded power of 2^(1/16) or an exact power of 2; 0 for d <= kExpFloor
};

// Factors of e^d = fraction * scale.
//
// Method: y = d log2(e) + magic has an ulp of 1 (or 1/16), so the addition itself rounds, y - magic = n is
// exact, and the low bits of y hold n + 127, which a shift moves to the exponent field. r = d - n ln 2,
// fraction = p(r). NaN: d = NaN makes n, r and fraction NaN, hence the product, whatever the bits of scale
// are. Domain: d <= 0 or NaN. At the floor n = -127, whose exponent field is 0: scale = +0, so -inf
// contributes nothing. Error: exp.h.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
// 16 lanes hold the 16 powers 2^(j/16): |r| <= ln 2 / 32 needs degree 3 only, 3 multiplications fewer than
// below.
HWY_INLINE ExpFactors exp_factors(FloatVec d) {
  const Floats f;
  const Ints i;
  // Bits of the fraction of 2^(j/16), less the j 2^19 that the shift of y leaves there.
  alignas(64) static constexpr int32_t kPowers[16] = {0,       -152893, -289342, -408621, -509968, -592590,
                                                      -655657, -698305, -719629, -718684, -694486, -646004,
                                                      -572163, -471841, -343865, -187011};
  const FloatVec magic = hn::Set(f, 0x1.8p19f + 127);
  d = at_least_floor(d);
  const FloatVec y = hn::MulAdd(d, hn::Set(f, 0x1.715476p0f), magic);
  const FloatVec n = hn::Sub(y, magic);
  const FloatVec r = hn::NegMulAdd(n, hn::Set(f, 0x1.62e43p-1f), d);
  FloatVec p = hn::MulAdd(r, hn::Set(f, 0x1.555658p-3f), hn::Set(f, 0x1.000224p-1f));
  p = hn::MulAdd(r, p, hn::Set(f, 1.0f));
  p = hn::MulAdd(r, p, hn::Set(f, 1.0f));
  const hn::Vec<Ints> bits = hn::BitCast(i, y);
  // The instruction ignores all but the low 4 bits of an index; Highway's wrapper would insist on clearing
  // them.
  const hn::Vec<Ints> power{_mm512_permutexvar_epi32(bits.raw, hn::Load(i, kPowers).raw)};
  return {p, hn::BitCast(f, hn::Add(hn::ShiftLeft<19>(bits), power))};
}
#else
HWY_INLINE ExpFactors exp_factors(FloatVec d) {
  const Floats f;
  const FloatVec magic = hn::Set(f, 0x1.8p23f + 127);
  d = at_least_floor(d);
  const FloatVec y = hn::MulAdd(d, hn::Set(f, 0x1.715476p0f), magic);
  const FloatVec n = hn::Sub(y, magic);
  // Two constants (Cody & Waite 1980): n hi is exact, so this is right without fused operations as well.
  FloatVec r = hn::NegMulAdd(n, hn::Set(f, 0x1.62e4p-1f), d);
  r = hn::NegMulAdd(n, hn::Set(f, 0x1.7f7d1cp-20f), r);
  FloatVec p = hn::MulAdd(r, hn::Set(f, 0x1.68712ap-10f), hn::Set(f, 0x1.123ea2p-7f));
  p = hn::MulAdd(r, p, hn::Set(f, 0x1.555b8p-5f));
  p = hn::MulAdd(r, p, hn::Set(f, 0x1.55548ap-3f));
  p = hn::MulAdd(r, p, hn::Set(f, 0x1.fffff8p-2f));
  p = hn::MulAdd(r, p, hn::Set(f, 1.0f));
  p = hn::MulAdd(r, p, hn::Set(f, 1.0f));
  return {p, hn::BitCast(f, hn::ShiftLeft<23>(hn::BitCast(Ints(), y)))};
}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace xent::fast
HWY_AFTER_NAMESPACE();

#endif  // XENT_FAST_EXP_INL_H
