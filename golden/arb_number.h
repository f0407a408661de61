// The second oracle's numbers: exact rationals and balls (FLINT, Arb), and the texts and bits of a case.
// Nothing here or in the other arb_ files includes the reference or shares code with it; only the format of a
// case is common.
#ifndef XENT_GOLDEN_ARB_NUMBER_H
#define XENT_GOLDEN_ARB_NUMBER_H

#include <arb.h>
#include <flint/fmpq.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xent::arb {

// A rational number.
class Exact {
 public:
  Exact(slong value = 0) {  // NOLINT(google-explicit-constructor): an integer is a rational
    fmpq_init(q_);
    fmpq_set_si(q_, value, 1);
  }
  Exact(const Exact& other) {
    fmpq_init(q_);
    fmpq_set(q_, other.q_);
  }
  Exact(Exact&& other) noexcept {
    fmpq_init(q_);
    fmpq_swap(q_, other.q_);
  }
  Exact& operator=(Exact other) noexcept {
    fmpq_swap(q_, other.q_);
    return *this;
  }
  ~Exact() { fmpq_clear(q_); }

  // base^exponent. Domain: base > 0.
  static Exact power(ulong base, slong exponent);

  friend Exact operator+(const Exact& a, const Exact& b);
  friend Exact operator-(const Exact& a, const Exact& b);
  friend Exact operator*(const Exact& a, const Exact& b);
  // Domain: b != 0.
  friend Exact operator/(const Exact& a, const Exact& b);
  int sign() const { return fmpq_sgn(q_); }
  int compare(const Exact& other) const { return fmpq_cmp(q_, other.q_); }
  friend Exact operator-(const Exact& a) { return Exact(0) - a; }
  friend bool operator==(const Exact& a, const Exact& b) { return fmpq_equal(a.q_, b.q_) != 0; }
  bool is_integer() const { return fmpz_is_one(fmpq_denref(q_)) != 0; }
  // Numerator and denominator in hexadecimal: different for different numbers.
  std::string text() const;

  fmpq* get() { return q_; }
  const fmpq* get() const { return q_; }

 private:
  fmpq_t q_;
};

// A real number known up to a proved radius.
class Ball {
 public:
  Ball() { arb_init(x_); }
  Ball(const Exact& value, slong precision) {
    arb_init(x_);
    arb_set_fmpq(x_, value.get(), precision);
  }
  Ball(const Ball& other) {
    arb_init(x_);
    arb_set(x_, other.x_);
  }
  Ball& operator=(const Ball& other) {
    arb_set(x_, other.x_);
    return *this;
  }
  ~Ball() { arb_clear(x_); }
  arb_ptr get() { return x_; }
  arb_srcptr get() const { return x_; }
  // -1, +1, or 0 if the ball contains 0 or is not finite.
  int sign() const { return arb_is_positive(x_) != 0 ? 1 : arb_is_negative(x_) != 0 ? -1 : 0; }

 private:
  arb_t x_;
};

// coefficient * base^exponent with base 2 or 10: what the texts of a case denote, even far beyond what could
// be expanded.
struct Scaled {
  Exact coefficient;
  ulong base = 2;
  slong exponent = 0;

  // The number as a rational, if that is of reasonable size.
  std::optional<Exact> expanded() const;
  Ball enclose(slong precision) const;
};

// One element of an input: a rational, or not a number or infinite.
struct Element {
  enum Kind { kFinite, kNaN, kPlusInfinity, kMinusInfinity };
  Kind kind = kFinite;
  Exact value;
  bool negative_zero = false;

  bool is_finite() const { return kind == kFinite; }
  bool is_nan() const { return kind == kNaN; }
};
using Elements = std::vector<Element>;

// "-0x1.8p-3", "12.5e-7", without inf, nan and fractions. The coefficient is an integer. nullopt: something
// else.
std::optional<Scaled> parse_scaled(std::string_view text);
// Any exact text of a case.
std::optional<Element> parse_element(std::string_view text);

// A binary format. One without infinities gives its place to NaN, and the numbers end one below: the greatest
// significand of the greatest exponent is NaN as well.
struct Format {
  const char* name;
  int width;      // bits
  int precision;  // bits of the significand, the leading one included
  int emin;       // the smallest normal number is 2^emin
  int emax;       // largest finite numbers are below 2^(emax + 1)
  bool has_infinity;

  int quantum() const { return emin - precision + 1; }  // exponent of the smallest positive number
  int top() const { return emax - precision + 1; }      // exponent of the unit of the largest numbers
  // The largest number in that unit.
  slong largest() const { return (slong{1} << precision) - (has_infinity ? 1 : 2); }
};
inline constexpr Format kFormats[] = {
    {"fp8_e5m2", 8, 3, -14, 15, true},     {"fp8_e4m3", 8, 4, -6, 8, false},
    {"binary16", 16, 11, -14, 15, true},   {"bfloat16", 16, 8, -126, 127, true},
    {"binary32", 32, 24, -126, 127, true}, {"binary64", 64, 53, -1022, 1023, true}};

const Format* find_format(std::string_view name);
// The value of one bit pattern.
Element decode(const Format& format, ulong bits);

}  // namespace xent::arb

#endif  // XENT_GOLDEN_ARB_NUMBER_H
