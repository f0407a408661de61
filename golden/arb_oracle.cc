#include "golden/arb_oracle.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <stdexcept>

#include "golden/arb_problem.h"
#include "golden/arb_rounding.h"

namespace xent::arb {
namespace {

using nlohmann::json;

// An exact value is never told apart from itself, so a few thousand bits have to do for it.
constexpr slong kCap = slong{1} << 18;
constexpr slong kExactCap = 8192;
// Whether the value is rational, by the simplest rational p/q in a ball of 2^-w: w bits of chance give a q of
// w/2 bits, so a much shorter one is no coincidence. nullopt: the ball is too wide, or its centre too large,
// to tell.
std::optional<bool> looks_rational(const Ball& ball) {
  if (arb_is_exact(ball.get()) != 0) return true;
  if (arf_cmpabs_2exp_si(arb_midref(ball.get()), 10000) > 0 ||
      arf_cmpabs_2exp_si(arb_midref(ball.get()), -10000) < 0)
    return std::nullopt;
  const slong width_bits = -fmpz_get_si(MAG_EXPREF(arb_radref(ball.get())));
  if (width_bits < 4000) return std::nullopt;
  arf_t low;
  arf_t high;
  arf_init(low);
  arf_init(high);
  arb_get_lbound_arf(low, ball.get(), 3 * kExactCap);
  arb_get_ubound_arf(high, ball.get(), 3 * kExactCap);
  Exact a;
  Exact b;
  Exact simplest;
  arf_get_fmpq(a.get(), low);
  arf_get_fmpq(b.get(), high);
  fmpq_simplest_between(simplest.get(), a.get(), b.get());
  arf_clear(low);
  arf_clear(high);
  return static_cast<slong>(fmpz_bits(fmpq_denref(simplest.get()))) < width_bits / 2 - 500;
}

// One answer against one true value.
class Examiner {
 public:
  Examiner(const Value& value, const json& answer, std::string path, Report& report)
      : value_(value), answer_(answer), path_(std::move(path)), report_(report), status_(text("status")) {}

  void examine() {
    if (value_.special != Element::kFinite) return examine_special();
    if (status_ != "exact" && status_ != "rounded" && status_ != "undecided")
      return find("status", "the value is finite");
    if (status_ != "undecided") examine_status();
    examine_enclosure();
    if (required("value")) examine_decimal(text("value"));
    for (const Format& format : kFormats) {
      if (required(format.name))
        examine_rounding(format, Direction::kNearestEven, format.name, text(format.name));
    }
  }

  void examine_rounding(const Format& format, Direction direction, const std::string& key,
                        const std::string& shown) {
    if (value_.special != Element::kFinite) return;
    auto element = parse_element(shown);
    if (element) element = overflowed(format, *element);
    const auto interval = element ? rounding_interval(format, *element, direction) : std::nullopt;
    if (!interval) return find(key, shown + " is no result of this rounding");
    const auto outside = [&](const std::optional<Scaled>& boundary, bool inside_itself, int side) {
      if (!boundary) return false;
      const int sign = compare(key, *boundary);
      return sign == side || (sign == 0 && !inside_itself);
    };
    if (outside(interval->lower, interval->has_lower, -1) || outside(interval->upper, interval->has_upper, 1))
      find(key, shown + " is not what the value rounds to");
  }

 private:
  std::string text(const char* key) const {
    return answer_.contains(key) ? answer_.at(key).get<std::string>() : "";
  }

  void find(const std::string& key, const std::string& what) {
    report_.findings.push_back(path_ + key + ": " +
                               (answer_.contains(key) ? answer_.at(key).dump() + ": " : "") + what);
  }

  // Where there are no infinities, NaN is what overflows, on the side of the value.
  std::optional<Element> overflowed(const Format& format, const Element& element) const {
    if (format.has_infinity || element.is_finite()) return element;
    if (!element.is_nan()) return std::nullopt;
    const bool negative = value_.compare({}, kCap) < 0;
    return Element{negative ? Element::kMinusInfinity : Element::kPlusInfinity, {}};
  }

  // Only an undecided answer may leave something out.
  bool required(const char* key) {
    if (!text(key).empty()) return true;
    if (status_ != "undecided") find(key, "missing");
    return false;
  }

  // Sign of the value minus the number. What cannot be told apart must be exact.
  int compare(const std::string& key, const Scaled& number) {
    ++report_.comparisons;
    const int sign = value_.compare(number, status_ == "exact" ? kExactCap : kCap);
    if (sign == 0 && status_ != "exact" && !(number.coefficient.sign() == 0 && status_ == "undecided"))
      find(key, "not told apart from the value, which is not said to be exact");
    return sign;
  }

  void examine_special() {
    const char* expected = value_.special == Element::kNaN            ? "nan"
                           : value_.special == Element::kPlusInfinity ? "inf"
                                                                      : "-inf";
    if (status_ != (value_.special == Element::kNaN ? "nan" : "infinite")) find("status", expected);
    const auto examine = [&](const char* key, const char* right) {
      if (text(key) != right) find(key, std::string("the value is ") + expected);
    };
    examine("value", expected);
    for (const Format& format : kFormats) examine(format.name, format.has_infinity ? expected : "nan");
  }

  void examine_status() {
    if (value_.is_proved_irrational()) {
      if (status_ == "exact") find("status", "irrational");
      return;
    }
    // Its denominator may be longer than what the digits could show.
    if (value_.is_proved_rational()) {
      if (status_ != "exact") find("status", "rational");
      return;
    }
    const auto rational = looks_rational(value_.enclose(kExactCap));
    if (!rational || *rational == (status_ == "exact")) return;
    // e^-10^6 beside a rational does not show.
    if (!*rational || !value_.has_exponentials()) find("status", *rational ? "rational" : "irrational");
  }

  void examine_enclosure() {
    const auto lower = parse_scaled(text("lower"));
    const auto upper = parse_scaled(text("upper"));
    if (!lower && text("lower") != "-inf") find("lower", "not a number");
    if (!upper && text("upper") != "inf") find("upper", "not a number");
    if (lower && compare("lower", *lower) < 0) find("lower", "the value is below");
    if (upper && compare("upper", *upper) > 0) find("upper", "the value is above");
    if (!lower || !upper) return;
    Ball width;
    arb_sub(width.get(), upper->enclose(1024).get(), lower->enclose(1024).get(), 1024);
    if (width.sign() < 0) find("lower", "above upper");
  }

  void examine_decimal(const std::string& shown) {
    const auto decimal = parse_scaled(shown);
    if (!decimal) return find("value", "not a decimal");
    if (decimal->coefficient.sign() == 0 || status_ == "exact") {
      const int sign = compare("value", *decimal);
      if (sign == 0) return;
      if (decimal->coefficient.sign() == 0) return find("value", "the value is not 0");
    }
    const Exact half = Exact(1) / Exact(2);
    if (compare("value", {decimal->coefficient - half, 10, decimal->exponent}) < 0 ||
        compare("value", {decimal->coefficient + half, 10, decimal->exponent}) > 0)
      find("value", "more than half a unit of the last digit away");
  }

  const Value& value_;
  const json& answer_;
  std::string path_;
  Report& report_;
  std::string status_;
};

void check_claim(const Value& value, const json& answer, const std::string& path, const Claim& claim,
                 Report& report) {
  const Format* format = find_format(claim.format);
  const auto direction = find_direction(claim.direction);
  if (format == nullptr || !direction) throw std::invalid_argument(claim.format + " " + claim.direction);
  Examiner(value, answer, path, report)
      .examine_rounding(*format, *direction, claim.format + " " + claim.direction, claim.value);
}

void check_case(const json& c, Report& report, const std::vector<Claim>& claims) {
  const auto id = c.at("id").get<std::string>();
  const auto values = values_of(c);
  const json answers = c.value("answer", json::array());
  if (answers.size() != values.size()) {
    report.findings.push_back(id + ": " + std::to_string(answers.size()) + " answers, not " +
                              std::to_string(values.size()));
    return;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    ++report.answers;
    const std::string path = id + ": answer[" + std::to_string(i) + "].";
    Examiner(values[i], answers[i], path, report).examine();
    for (const Claim& claim : claims) {
      if (claim.answer == i) check_claim(values[i], answers[i], path, claim, report);
    }
  }
}

}  // namespace

void check_line(std::string_view line, Report& report, const std::vector<Claim>& claims) {
  ++report.cases;
  try {
    check_case(json::parse(line), report, claims);
  } catch (const std::exception& e) {
    report.findings.push_back(std::string(line.substr(0, 80)) + ": " + e.what());
  }
}

Report check(std::string_view text) {
  Report report;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty()) check_line(line, report);
  }
  return report;
}

}  // namespace xent::arb
