#include "golden/arb_number.h"

#include <cstdlib>

namespace xent::arb {
namespace {

// 10^6 binary or decimal places are a moderate rational; the exponents of e^-10^12 are not.
constexpr slong kMaxExpandedExponent = 1000000;
// The inputs of a case are of moderate size themselves.
constexpr slong kMaxInputExponent = 100000;
// More than the exponents of MPFR, which are written, and far from those that overflow.
constexpr slong kMaxExponent = slong{3} << 61;

Ball power_ball(ulong base, slong exponent, slong precision) {
  Ball result;
  fmpz_t e;
  fmpz_init_set_si(e, exponent);
  if (base == 2) {
    arb_one(result.get());
    arb_mul_2exp_fmpz(result.get(), result.get(), e);
  } else {
    Ball ten(Exact(static_cast<slong>(base)), precision);
    arb_pow_fmpz(result.get(), ten.get(), e, precision + 64);
  }
  fmpz_clear(e);
  return result;
}

}  // namespace

Exact Exact::power(ulong base, slong exponent) {
  Exact result(base == 2 ? 1 : static_cast<slong>(base));
  if (base == 2) {  // a shift: most boundaries of floats are such
    fmpz* part = exponent < 0 ? fmpq_denref(result.get()) : fmpq_numref(result.get());
    fmpz_mul_2exp(part, part, static_cast<ulong>(std::abs(exponent)));
    return result;
  }
  fmpq_pow_si(result.get(), result.get(), exponent);
  return result;
}

std::string Exact::text() const {
  char* digits = fmpq_get_str(nullptr, 16, q_);
  std::string result(digits);
  flint_free(digits);
  return result;
}

Exact operator+(const Exact& a, const Exact& b) {
  Exact result;
  fmpq_add(result.q_, a.q_, b.q_);
  return result;
}
Exact operator-(const Exact& a, const Exact& b) {
  Exact result;
  fmpq_sub(result.q_, a.q_, b.q_);
  return result;
}
Exact operator*(const Exact& a, const Exact& b) {
  Exact result;
  fmpq_mul(result.q_, a.q_, b.q_);
  return result;
}
Exact operator/(const Exact& a, const Exact& b) {
  Exact result;
  fmpq_div(result.q_, a.q_, b.q_);
  return result;
}

std::optional<Exact> Scaled::expanded() const {
  if (coefficient.sign() == 0) return Exact();
  if (std::abs(exponent) > kMaxExpandedExponent) return std::nullopt;
  return coefficient * Exact::power(base, exponent);
}

Ball Scaled::enclose(slong precision) const {
  if (const auto exact = expanded()) return {*exact, precision};
  Ball result(coefficient, precision);
  arb_mul(result.get(), result.get(), power_ball(base, exponent, precision).get(), precision);
  return result;
}

std::optional<Scaled> parse_scaled(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  Scaled result;
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  result.base = hexadecimal ? 2 : 10;
  std::string digits(text.substr(0, text.find(hexadecimal ? 'p' : 'e')));
  if (digits.size() < text.size()) {
    const std::string exponent(text.substr(digits.size() + 1));
    char* end = nullptr;
    result.exponent = std::strtol(exponent.c_str(), &end, 10);
    if (exponent.empty() || *end != '\0' || result.exponent > kMaxExponent || result.exponent < -kMaxExponent)
      return std::nullopt;
  }
  if (const auto point = digits.find('.'); point != std::string::npos) {
    digits.erase(point, 1);
    result.exponent -= static_cast<slong>(digits.size() - point) * (hexadecimal ? 4 : 1);
  }
  if (digits.empty() || digits.find_first_of("+-. ") != std::string::npos) return std::nullopt;
  if (fmpz_set_str(fmpq_numref(result.coefficient.get()), digits.c_str(), hexadecimal ? 16 : 10) != 0)
    return std::nullopt;
  if (negative) fmpq_neg(result.coefficient.get(), result.coefficient.get());
  return result;
}

namespace {

std::optional<Exact> parse_moderate(std::string_view text) {
  const auto scaled = parse_scaled(text);
  if (!scaled || std::abs(scaled->exponent) > kMaxInputExponent) return std::nullopt;
  return scaled->expanded();
}

}  // namespace

std::optional<Element> parse_element(std::string_view text) {
  if (text == "nan") return Element{Element::kNaN, {}};
  if (text == "inf" || text == "+inf") return Element{Element::kPlusInfinity, {}};
  if (text == "-inf") return Element{Element::kMinusInfinity, {}};
  const auto slash = text.find('/');
  const auto numerator = parse_moderate(text.substr(0, slash));
  if (!numerator) return std::nullopt;
  Element element{Element::kFinite, *numerator};
  element.negative_zero = element.value.sign() == 0 && text.starts_with('-');
  if (slash == std::string_view::npos) return element;
  const auto denominator = parse_moderate(text.substr(slash + 1));
  if (!denominator || denominator->sign() == 0) return std::nullopt;
  element.value = element.value / *denominator;
  return element;
}

const Format* find_format(std::string_view name) {
  for (const Format& format : kFormats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

Element decode(const Format& format, ulong bits) {
  const int stored = format.precision - 1;
  const ulong fraction_mask = (ulong{1} << stored) - 1;
  const ulong exponent_mask = (ulong{1} << (format.width - format.precision)) - 1;
  const ulong fraction = bits & fraction_mask;
  const ulong exponent = bits >> stored & exponent_mask;
  const bool negative = (bits >> (format.width - 1) & 1) != 0;
  if (exponent == exponent_mask && format.has_infinity) {
    if (fraction != 0) return {Element::kNaN, {}};
    return {negative ? Element::kMinusInfinity : Element::kPlusInfinity, {}};
  }
  if (exponent == exponent_mask && fraction == fraction_mask) return {Element::kNaN, {}};
  const ulong significand = exponent == 0 ? fraction : fraction + (ulong{1} << stored);
  const Exact unit =
      Exact::power(2, format.quantum() + (exponent == 0 ? 0 : static_cast<slong>(exponent) - 1));
  const auto magnitude = Exact(static_cast<slong>(significand)) * unit;
  return {Element::kFinite, negative ? -magnitude : magnitude, negative && significand == 0};
}

}  // namespace xent::arb
