#include "reference/number.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace xent::reference {
namespace {

constexpr long kMaxDecimalExponent = 20000;
constexpr long kMaxBinaryExponent = 70000;
constexpr std::size_t kMaxDigits = 30000;                // of a numerator, of a denominator
constexpr std::size_t kMaxLength = 2 * kMaxDigits + 10;  // so that what was read can be read again

Error unparsable(std::string_view text) {
  std::string shown(text.substr(0, 40));
  for (char& c : shown) c = std::iscntrl(static_cast<unsigned char>(c)) != 0 ? '?' : c;
  if (text.size() > 40) shown += "...";
  return refused("number", "'" + shown + "'", "a decimal, a fraction a/b, a hexadecimal float, inf or nan");
}

bool is_digit(char c, int base) {
  return base == 16 ? std::isxdigit(static_cast<unsigned char>(c)) != 0
                    : std::isdigit(static_cast<unsigned char>(c)) != 0;
}

Integer power(int base, long exponent) {
  return boost::multiprecision::pow(Integer(base), static_cast<unsigned>(exponent));
}

// The parts of [digits][.digits][marker exponent], as an integer significand and the exponent of `radix`.
struct Scanned {
  Integer significand;
  long exponent = 0;
  long written_exponent = 0;
};

// Reads an optionally signed exponent of at most nine digits; false if there is none or it is longer.
bool read_exponent(std::string_view text, long& exponent) {
  const bool negative = !text.empty() && text[0] == '-';
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text.empty() || text.size() > 9) return false;
  exponent = 0;
  for (char c : text) {
    if (!is_digit(c, 10)) return false;
    exponent = exponent * 10 + (c - '0');
  }
  if (negative) exponent = -exponent;
  return true;
}

// base 10: digits count powers of 10; base 16: digits count 4 powers of 2 each.
bool scan(std::string_view text, int base, char marker, Scanned& out) {
  std::string digits;
  long after_point = 0;
  bool point = false;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !point) {
      point = true;
    } else if (is_digit(c, base)) {
      digits += c;
      after_point += point ? 1 : 0;
    } else {
      break;
    }
  }
  if (digits.empty()) return false;
  long exponent = 0;
  if (i < text.size()) {
    if (std::tolower(static_cast<unsigned char>(text[i])) != marker) return false;
    if (!read_exponent(text.substr(i + 1), exponent)) return false;
  }
  // GMP takes a leading 0 as octal unless the base is explicit.
  out.significand = 0;
  mpz_set_str(out.significand.backend().data(), digits.c_str(), base);
  out.written_exponent = exponent;
  out.exponent = exponent - after_point * (base == 16 ? 4 : 1);
  return true;
}

Expected<Number> parse_magnitude(std::string_view text) {
  const bool hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  Scanned scanned;
  if (hexadecimal ? !scan(text.substr(2), 16, 'p', scanned) : !scan(text, 10, 'e', scanned)) {
    return unparsable(text);
  }
  const long limit = hexadecimal ? kMaxBinaryExponent : kMaxDecimalExponent;
  if (std::abs(scanned.written_exponent) > limit) {
    return refused("number", fmt::format("'{}'", text.substr(0, 40)),
                   fmt::format("exponents from {} to {}", -limit, limit));
  }
  const int radix = hexadecimal ? 2 : 10;
  if (scanned.exponent >= 0) return Number(Rational(scanned.significand * power(radix, scanned.exponent)));
  return Number(Rational(scanned.significand, power(radix, -scanned.exponent)));
}

Number negated(const Number& x) {
  return x.is_double() ? Number(-x.as_double()) : Number(-x.rational());
}

Expected<Number> parse_unsigned(std::string_view text) {
  if (text == "inf" || text == "infinity" || text == "Infinity") return Number(HUGE_VAL);
  if (text == "nan" || text == "NaN") return Number(std::numeric_limits<double>::quiet_NaN());
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return parse_magnitude(text);
  const auto numerator = parse_magnitude(text.substr(0, slash));
  const auto denominator = parse_magnitude(text.substr(slash + 1));
  if (!numerator || !denominator || denominator->is_zero()) return unparsable(text);
  return Number(Rational(numerator->rational() / denominator->rational()));
}

}  // namespace

Number::Number(const Rational& value) {
  // mpq_get_d truncates; the number is a double exactly when the truncation lost nothing.
  const double truncated = mpq_get_d(value.backend().data());
  if (std::isfinite(truncated) && Rational(truncated) == value) {
    value_ = truncated;
  } else {
    value_ = value.sign();
    rational_ = std::make_shared<const Rational>(value);
  }
}

int Number::sign() const {
  return value_ > 0 ? 1 : value_ < 0 ? -1 : 0;
}

Rational Number::rational() const {
  return rational_ ? *rational_ : Rational(value_);
}

bool Number::is_less(const Number& a, const Number& b) {
  if (a.is_infinite() || b.is_infinite()) return a.value_ < b.value_;
  return a.rational() < b.rational();
}

bool operator==(const Number& a, const Number& b) {
  if (a.is_double() != b.is_double()) return false;
  return a.is_double() ? a.value_ == b.value_ : *a.rational_ == *b.rational_;
}

std::string Number::to_string() const {
  if (!rational_) {
    if (is_nan()) return "nan";
    if (is_infinite()) return value_ > 0 ? "inf" : "-inf";
    // The shortest digits that round to a double are rarely its value.
    const std::string shortest = fmt::format("{}", value_);
    const auto reread = parse_number(shortest);
    return reread && *reread == *this ? shortest : fmt::format("{:a}", value_);
  }
  return rational_->str();
}

// Of a number that is no double, as to_string() writes it.
bool is_too_long(const Number& x) {
  if (x.is_double()) return false;
  const Rational value = x.rational();
  const auto digits = [](const Integer& part) { return mpz_sizeinbase(part.backend().data(), 10); };
  return std::max(digits(numerator(value)), digits(denominator(value))) > kMaxDigits;
}

Expected<Number> parse_number(std::string_view text) {
  if (text.empty() || text.size() > kMaxLength) return unparsable(text);
  const bool negative = text[0] == '-';
  const std::string_view magnitude = text.substr(negative || text[0] == '+' ? 1 : 0);
  auto number = parse_unsigned(magnitude);
  if (!number) return text == magnitude ? number.error() : number;
  if (is_too_long(*number)) {
    return refused("number", fmt::format("'{}...'", text.substr(0, 40)),
                   fmt::format("numerators and denominators of at most {} digits", kMaxDigits));
  }
  return negative ? negated(*number) : *number;
}

}  // namespace xent::reference
