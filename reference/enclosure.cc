#include "reference/enclosure.h"

#include <mpfi.h>

#include <cassert>
#include <climits>
#include <cmath>
#include <memory>
#include <type_traits>

namespace xent::reference {
namespace {

using Raw = boost::multiprecision::mpfi_float;

// Boost counts decimal digits; log10(2) < 0.30103 makes sure that at least `bits` bits come out.
unsigned decimal_digits(int bits) {
  return static_cast<unsigned>(std::ceil(bits * 0.30103)) + 1;
}

mpfi_ptr data(Raw& x) {
  return x.backend().data();
}
mpfi_srcptr data(const Raw& x) {
  return x.backend().data();
}
// The ends are read in place: Boost's lower() and upper() copy them to the default precision, rounding to
// nearest, and a copied end may lie inside the interval.
mpfr_srcptr left(const Raw& x) {
  return &data(x)->left;
}
mpfr_srcptr right(const Raw& x) {
  return &data(x)->right;
}

// Elementary functions are taken from MPFI by name: Boost's generic fallbacks (log1p, expm1) are not
// intervals' own.
template <typename Function>
Raw apply(Function function, const Raw& x) {
  Raw result;
  function(data(result), data(x));
  return result;
}

// An increasing function. MPFR rounds correctly and says whether it rounded: so one evaluation gives both
// ends of the value at a point, the same ones that MPFI takes two for.
template <typename Function, typename OfNumber>
Raw apply_increasing(Function function, OfNumber of_number, const Raw& x) {
  if (mpfr_equal_p(left(x), right(x)) == 0) return apply(function, x);
  Raw result;
  mpfi_ptr ends = data(result);
  const bool is_rounded = of_number(&ends->left, left(x), MPFR_RNDD) != 0;
  mpfr_set(&ends->right, &ends->left, MPFR_RNDU);
  if (is_rounded) mpfr_nextabove(&ends->right);
  return result;
}

// MPFR's caches are each thread's own, and outlive it unless freed.
struct CachesOfThread {
  ~CachesOfThread() { mpfr_free_cache(); }
};

// MPFR keeps an exponent range for each thread, and expects what it reads to be in that of the reader. All
// that computes or reads passes here.
void allow_all_exponents() {
  static thread_local const CachesOfThread caches;
  mpfr_set_emin(mpfr_get_emin_min());
  mpfr_set_emax(mpfr_get_emax_max());
}

Dyadic dyadic(mpfr_srcptr x) {
  allow_all_exponents();
  assert(mpfr_number_p(x));
  Dyadic result;
  if (mpfr_zero_p(x)) return result;
  result.exponent = mpfr_get_z_2exp(result.significand.backend().data(), x);
  return result;
}

std::string printed(const char* pattern, int digits, mpfr_rnd_t direction, mpfr_srcptr x) {
  allow_all_exponents();
  if (mpfr_inf_p(x)) return mpfr_sgn(x) > 0 ? "inf" : "-inf";
  if (mpfr_zero_p(x)) return "0";
  char* text = nullptr;
  const int length = mpfr_asprintf(&text, pattern, digits, direction, x);
  if (length < 0) throw std::bad_alloc();
  std::string result(text, static_cast<std::size_t>(length));
  mpfr_free_str(text);
  return result;
}

// All bits are shown, so the direction does not matter.
std::string exact_hex(mpfr_srcptr x) {
  allow_all_exponents();
  if (mpfr_inf_p(x)) return mpfr_sgn(x) > 0 ? "inf" : "-inf";
  if (mpfr_zero_p(x)) return "0x0p+0";
  char* text = nullptr;
  if (mpfr_asprintf(&text, "%Ra", x) < 0) throw std::bad_alloc();
  std::string result(text);
  mpfr_free_str(text);
  return result;
}

// The digits of x, and the exponent of 0.digits, in the given direction.
DecimalDigits digits_of(mpfr_srcptr x, int digits, mpfr_rnd_t direction) {
  allow_all_exponents();
  DecimalDigits result;
  mpfr_exp_t exponent = 0;
  const std::unique_ptr<char, void (*)(char*)> text(
      mpfr_get_str(nullptr, &exponent, 10, static_cast<std::size_t>(digits), x, direction), mpfr_free_str);
  std::string shown(text.get());
  result.negative = shown[0] == '-';
  result.digits = shown.substr(result.negative ? 1 : 0);
  result.exponent = exponent;
  return result;
}

// True if x lies exactly half way between two decimals of `digits` digits: one more digit holds it, and that
// is a 5.
bool is_decimal_tie(mpfr_srcptr x, int digits) {
  const DecimalDigits down = digits_of(x, digits + 1, MPFR_RNDD);
  return down.digits.back() == '5' && down == digits_of(x, digits + 1, MPFR_RNDU);
}

}  // namespace

PrecisionScope::PrecisionScope(int bits) : previous_digits_(Raw::thread_default_precision()) {
  Raw::thread_default_precision(decimal_digits(bits));
  allow_all_exponents();
}

PrecisionScope::~PrecisionScope() {
  Raw::thread_default_precision(previous_digits_);
}

Enclosure::Enclosure(const Rational& value) {
  mpfi_set_q(data(value_), value.backend().data());
}

Enclosure::Enclosure(const Number& value) {
  if (value.is_double()) {
    mpfi_set_d(data(value_), value.as_double());
  } else {
    mpfi_set_q(data(value_), value.rational().backend().data());
  }
}

Enclosure Enclosure::hull(const Enclosure& a, const Enclosure& b) {
  Raw result;
  mpfi_union(data(result), data(a.value_), data(b.value_));
  return Enclosure(result);
}

Enclosure Enclosure::between(const Dyadic& lower, const Dyadic& upper) {
  Raw result;
  mpfr_set_z_2exp(&data(result)->left, lower.significand.backend().data(), lower.exponent, MPFR_RNDD);
  mpfr_set_z_2exp(&data(result)->right, upper.significand.backend().data(), upper.exponent, MPFR_RNDU);
  return Enclosure(result);
}

Enclosure& Enclosure::operator+=(const Enclosure& other) {
  value_ += other.value_;
  return *this;
}

Enclosure exp(const Enclosure& x) {
  return Enclosure(apply_increasing(mpfi_exp, mpfr_exp, x.value_));
}
Enclosure expm1(const Enclosure& x) {
  return Enclosure(apply_increasing(mpfi_expm1, mpfr_expm1, x.value_));
}
Enclosure log(const Enclosure& x) {
  return Enclosure(apply_increasing(mpfi_log, mpfr_log, x.value_));
}
Enclosure log2(const Enclosure& x) {
  return Enclosure(apply_increasing(mpfi_log2, mpfr_log2, x.value_));
}
Enclosure log1p(const Enclosure& x) {
  return Enclosure(apply_increasing(mpfi_log1p, mpfr_log1p, x.value_));
}
Enclosure tanh(const Enclosure& x) {
  return Enclosure(apply_increasing(mpfi_tanh, mpfr_tanh, x.value_));
}
Enclosure square(const Enclosure& x) {
  return Enclosure(apply(mpfi_sqr, x.value_));
}
Enclosure abs(const Enclosure& x) {
  return Enclosure(apply(mpfi_abs, x.value_));
}

Dyadic Enclosure::lower() const {
  return dyadic(left(value_));
}
Dyadic Enclosure::upper() const {
  return dyadic(right(value_));
}
bool Enclosure::lower_is_infinite() const {
  return mpfr_inf_p(left(value_)) != 0;
}
bool Enclosure::upper_is_infinite() const {
  return mpfr_inf_p(right(value_)) != 0;
}

std::string Enclosure::lower_decimal(int digits) const {
  return printed("%.*R*e", digits - 1, MPFR_RNDD, left(value_));
}
std::string Enclosure::upper_decimal(int digits) const {
  return printed("%.*R*e", digits - 1, MPFR_RNDU, right(value_));
}

std::string Enclosure::lower_hex() const {
  return exact_hex(left(value_));
}
std::string Enclosure::upper_hex() const {
  return exact_hex(right(value_));
}
double Enclosure::lower_double() const {
  allow_all_exponents();
  return mpfr_get_d(left(value_), MPFR_RNDD) + 0.0;
}
double Enclosure::upper_double() const {
  allow_all_exponents();
  return mpfr_get_d(right(value_), MPFR_RNDU) + 0.0;
}

bool Enclosure::is_valid() const {
  return mpfi_nan_p(data(value_)) == 0;
}

bool Enclosure::is_point() const {
  return is_valid() && mpfr_number_p(left(value_)) != 0 && mpfr_equal_p(left(value_), right(value_)) != 0;
}

bool Enclosure::contains(const Rational& value) const {
  allow_all_exponents();
  return is_valid() && mpfr_cmp_q(left(value_), value.backend().data()) <= 0 &&
         mpfr_cmp_q(right(value_), value.backend().data()) >= 0;
}

bool Enclosure::contains_zero() const {
  return mpfi_has_zero(data(value_)) > 0;
}

long Enclosure::least_binary_exponent() const {
  if (!is_valid() || contains_zero()) return LONG_MIN;
  const mpfr_srcptr nearer = mpfr_sgn(left(value_)) > 0 ? left(value_) : right(value_);
  return mpfr_number_p(nearer) ? mpfr_get_exp(nearer) - 1 : LONG_MAX;
}

long Enclosure::relative_width_exponent() const {
  allow_all_exponents();
  if (is_point()) return LONG_MIN;
  const long least = least_binary_exponent();
  if (least == LONG_MIN || lower_is_infinite() || upper_is_infinite()) return LONG_MAX;
  Raw width(0);
  mpfr_sub(&data(width)->right, right(value_), left(value_), MPFR_RNDU);
  return mpfr_get_exp(&data(width)->right) - least;
}

int Enclosure::precision() const {
  return static_cast<int>(mpfi_get_prec(data(value_)));
}

DecimalDigits Enclosure::nearest_decimal(bool upper_end, Sticky sticky, int digits) const {
  const mpfr_srcptr end = upper_end ? right(value_) : left(value_);
  mpfr_rnd_t direction = MPFR_RNDN;
  if (sticky != Sticky::none && is_decimal_tie(end, digits)) {
    direction = sticky == Sticky::above ? MPFR_RNDU : MPFR_RNDD;
  }
  return digits_of(end, digits, direction);
}

}  // namespace xent::reference
